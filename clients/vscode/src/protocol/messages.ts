// Made from protocol/openrpc.json by `npm run generate`; changes belong there.

/**
 * All that is said: asked for, or sent without being asked each time.
 */
export interface Protocol {
  methods: Methods;
  notifications: Notifications;
}

/**
 * Each method with what it takes and what it answers.
 */
export interface Methods {
  /**
   * Agree on the protocol version; optional for one-shot scripts. (read, since 1.0)
   */
  hello: {
    params: HelloParams;
    result: HelloResult;
  };

  /**
   * Answer at once. (read, since 1.0)
   */
  ping: {
    params: PingParams;
    result: PingResult;
  };

  /**
   * Return the OpenRPC document. (read, since 1.0)
   */
  "rpc.discover": {
    params: DiscoverParams;
    result: DiscoverResult;
  };

  /**
   * Return the description of one method. (read, since 1.0)
   */
  "rpc.describe": {
    params: DescribeParams;
    result: DescribeResult;
  };

  /**
   * Say how the daemon is. (read, since 1.0)
   */
  status: {
    params: StatusParams;
    result: StatusResult;
  };

  /**
   * Check what the daemon depends on, with evidence and remedies. (read, since 1.0)
   */
  doctor: {
    params: DoctorParams;
    result: DoctorResult;
  };

  /**
   * Stop the daemon; running jobs go on. (admin, since 1.0)
   */
  shutdown: {
    params: ShutdownParams;
    result: ShutdownResult;
  };

  /**
   * Return the daemon's figures as OpenMetrics text. (read, since 1.0)
   */
  metrics: {
    params: MetricsParams;
    result: MetricsResult;
  };

  /**
   * Show what every task and thread of the daemon is doing. (admin, since 1.0)
   */
  dump_tasks: {
    params: DumpTasksParams;
    result: DumpTasksResult;
  };

  /**
   * Give up the right to change anything on this connection. (read, since 1.0)
   */
  restrict_session: {
    params: RestrictSessionParams;
    result: RestrictSessionResult;
  };

  /**
   * Copy the store now, beside the daily copies. (admin, since 1.0)
   */
  back_up: {
    params: BackUpParams;
    result: BackUpResult;
  };

  /**
   * Store one job or a collection, to be run as soon as there is room. (write, since 1.0)
   */
  submit_job: {
    params: SubmitJobParams;
    result: SubmitJobResult;
  };

  /**
   * Return the plan that submit_job would carry out; nothing is stored. (read, since 1.0)
   */
  explain_job: {
    params: ExplainJobParams;
    result: ExplainJobResult;
  };

  /**
   * Return a page of jobs, newest first. (read, since 1.0)
   */
  fetch_jobs: {
    params: FetchJobsParams;
    result: FetchJobsResult;
  };

  /**
   * Return all that is known about one job. (read, since 1.0)
   */
  get_job_details: {
    params: GetJobDetailsParams;
    result: GetJobDetailsResult;
  };

  /**
   * Return part of a file of a job, and wait for more if asked. (read, since 1.0)
   */
  fetch_job_log: {
    params: FetchJobLogParams;
    result: FetchJobLogResult;
  };

  /**
   * Remove files of an ended job by their role. (write, since 1.0)
   */
  clean_job: {
    params: CleanJobParams;
    result: CleanJobResult;
  };

  /**
   * Bring a large file of a job from its cluster here. (write, since 1.0)
   */
  fetch_file: {
    params: FetchFileParams;
    result: FetchFileResult;
  };

  /**
   * Return the SCF cycles and the phase of a running or finished job. (read, since 1.0)
   */
  fetch_job_progress: {
    params: FetchJobProgressParams;
    result: FetchJobProgressResult;
  };

  /**
   * End a job and report its confirmed state. (write, since 1.0)
   */
  cancel_job: {
    params: CancelJobParams;
    result: CancelJobResult;
  };

  /**
   * Keep a queued job from starting until it is released. (write, since 1.0)
   */
  hold_job: {
    params: JobParams;
    result: JobState;
  };

  /**
   * Let a held job start; it waits from now on. (write, since 1.0)
   */
  release_job: {
    params: JobParams;
    result: JobState;
  };

  /**
   * Change the priority of a job that has not started. (write, since 1.0)
   */
  set_priority: {
    params: SetPriorityParams;
    result: JobState;
  };

  /**
   * Run a job again that has ended otherwise than completed. (write, since 1.0)
   */
  retry_job: {
    params: RetryJobParams;
    result: RetryJobResult;
  };

  /**
   * Submit a copy of a job with changed values, and show the difference. (write, since 1.0)
   */
  clone_job: {
    params: CloneJobParams;
    result: CloneJobResult;
  };

  /**
   * Forget a job that has ended and remove its files. (write, since 1.0)
   */
  delete_job: {
    params: DeleteJobParams;
    result: DeleteJobResult;
  };

  /**
   * Save and read again the files that an ended job left in its scratch. (write, since 1.0)
   */
  collect_job: {
    params: CollectJobParams;
    result: CollectJobResult;
  };

  /**
   * Settle a doubt by a person's word. (write, since 1.0)
   */
  resolve_job: {
    params: ResolveJobParams;
    result: JobState;
  };

  /**
   * Say why a job is in its state, with the evidence. (read, since 1.0)
   */
  why_job: {
    params: JobParams;
    result: WhyJobResult;
  };

  /**
   * Send the notification `events` whenever something happens. (read, since 1.0)
   */
  subscribe: {
    params: SubscribeParams;
    result: SubscribeResult;
  };

  /**
   * End a subscription of this connection. (read, since 1.0)
   */
  unsubscribe: {
    params: UnsubscribeParams;
    result: UnsubscribeResult;
  };

  /**
   * Return events after a cursor, and wait for some if asked. (read, since 1.0)
   */
  fetch_events: {
    params: FetchEventsParams;
    result: FetchEventsResult;
  };

  /**
   * Store a chunk of a document. (write, since 1.0)
   */
  put_blob: {
    params: PutBlobParams;
    result: PutBlobResult;
  };

  /**
   * Return a chunk of a stored document or of a job's artefact. (read, since 1.0)
   */
  get_blob: {
    params: GetBlobParams;
    result: GetBlobResult;
  };

  /**
   * Name a machine that jobs may run on. (write, since 1.0)
   */
  create_cluster: {
    params: CreateClusterParams;
    result: ClusterResult;
  };

  /**
   * Change how a cluster is reached or used. (write, since 1.0)
   */
  update_cluster: {
    params: UpdateClusterParams;
    result: ClusterResult;
  };

  /**
   * Forget a cluster of which no job is under way. (write, since 1.0)
   */
  delete_cluster: {
    params: ClusterParams;
    result: DeleteClusterResult;
  };

  /**
   * Return every cluster, with how it stands. (read, since 1.0)
   */
  fetch_clusters: {
    params: FetchClustersParams;
    result: FetchClustersResult;
  };

  /**
   * Return all that is known about a cluster; it is not asked. (read, since 1.0)
   */
  get_cluster: {
    params: ClusterParams;
    result: ClusterResult;
  };

  /**
   * Reach a cluster, look it over, and say what is missing there. (write, since 1.0)
   */
  test_cluster_connection: {
    params: TestClusterConnectionParams;
    result: TestClusterConnectionResult;
  };

  /**
   * Start no more jobs on a cluster; those that run go on. (write, since 1.0)
   */
  pause_cluster: {
    params: ClusterParams;
    result: ClusterResult;
  };

  /**
   * Let jobs start on a cluster again. (write, since 1.0)
   */
  resume_cluster: {
    params: ClusterParams;
    result: ClusterResult;
  };

  /**
   * Show the key of a host, or accept it. (write, since 1.0)
   */
  trust_host_key: {
    params: TrustHostKeyParams;
    result: TrustHostKeyResult;
  };

  /**
   * Keep a password or passphrase for a cluster. (write, since 1.0)
   */
  store_secret: {
    params: StoreSecretParams;
    result: StoreSecretResult;
  };

  /**
   * Forget the password or passphrase of a cluster. (write, since 1.0)
   */
  forget_secret: {
    params: ForgetSecretParams;
    result: ForgetSecretResult;
  };

  /**
   * Return what stands in the queue of a cluster. (read, since 1.0)
   */
  fetch_slurm_queue: {
    params: FetchSlurmQueueParams;
    result: FetchSlurmQueueResult;
  };

  /**
   * Take a job out of the queue of a cluster. (write, since 1.0)
   */
  cancel_slurm_job: {
    params: CancelSlurmJobParams;
    result: CancelSlurmJobResult;
  };

  /**
   * Look at all jobs of a cluster now. (write, since 1.0)
   */
  sync_remote_jobs: {
    params: SyncRemoteJobsParams;
    result: SyncRemoteJobsResult;
  };

  /**
   * Submit a job that takes up what an ended one has left. (write, since 1.0)
   */
  restart_job: {
    params: RestartJobParams;
    result: RestartJobResult;
  };

  /**
   * Read an output of any known code, wherever it came from. (read, since 1.0)
   */
  parse_output: {
    params: ParseOutputParams;
    result: ParseOutputResult;
  };

  /**
   * Return a table over the results of jobs. (read, since 1.0)
   */
  query_results: {
    params: QueryResultsParams;
    result: QueryResultsResult;
  };

  /**
   * Hold the inputs and results of two jobs against each other. (read, since 1.0)
   */
  diff_jobs: {
    params: DiffJobsParams;
    result: DiffJobsResult;
  };

  /**
   * Take in the past calculations of a tree as jobs that have ended. (write, since 1.0)
   */
  adopt_directory: {
    params: AdoptDirectoryParams;
    result: AdoptDirectoryResult;
  };

  /**
   * Name the first cause of a run's failure, with evidence and remedies. (read, since 1.0)
   */
  diagnose_job: {
    params: DiagnoseJobParams;
    result: DiagnoseJobResult;
  };

  /**
   * Return the curves of a finished job: SCF, bands, E(V) …, with units. (read, since 1.0)
   */
  fetch_job_series: {
    params: FetchJobSeriesParams;
    result: FetchJobSeriesResult;
  };

  /**
   * Draw the curves of a finished job as PNG. (read, since 1.0)
   */
  draw_job: {
    params: FetchJobSeriesParams;
    result: DrawJobResult;
  };

  /**
   * Return the structure of a finished job as xyz, cif, gui or JSON. (read, since 1.0)
   */
  export_structure: {
    params: ExportStructureParams;
    result: ExportStructureResult;
  };

  /**
   * Search the public databases of materials. (read, since 1.0)
   */
  search_materials: {
    params: SearchMaterialsParams;
    result: SearchMaterialsResult;
  };

  /**
   * Return a material with its structure, properties and origin. (read, since 1.0)
   */
  fetch_material_details: {
    params: FetchMaterialDetailsParams;
    result: FetchMaterialDetailsResult;
  };

  /**
   * Return what is kept of the databases' answers, and who fails. (read, since 1.0)
   */
  fetch_material_cache: {
    params: FetchMaterialCacheParams;
    result: FetchMaterialCacheResult;
  };

  /**
   * Forget answers of the databases. (write, since 1.0)
   */
  prune_material_cache: {
    params: PruneMaterialCacheParams;
    result: PruneMaterialCacheResult;
  };

  /**
   * Return all kept answers of the databases as JSON. (read, since 1.0)
   */
  export_material_cache: {
    params: ExportMaterialCacheParams;
    result: ExportMaterialCacheResult;
  };

  /**
   * Keep a structure in the library under a name. (write, since 1.0)
   */
  import_structure: {
    params: ImportStructureParams;
    result: ImportStructureResult;
  };

  /**
   * Look at a structure: formula, cell, symmetry, distances, warnings. (read, since 1.0)
   */
  preview_structure: {
    params: PreviewStructureParams;
    result: PreviewStructureResult;
  };

  /**
   * Change a structure step by step: supercell, slab, strain, defects. (read, since 1.0)
   */
  transform_structure: {
    params: TransformStructureParams;
    result: TransformStructureResult;
  };

  /**
   * Write a structure as CIF, POSCAR, XYZ, .gui, .d12, pw.x cards, JSON. (read, since 1.0)
   */
  convert_structure: {
    params: ConvertStructureParams;
    result: ConvertStructureResult;
  };

  /**
   * Draw a structure as PNG. (read, since 1.0)
   */
  draw_structure: {
    params: DrawStructureParams;
    result: DrawStructureResult;
  };

  /**
   * List the structures of the library. (read, since 1.0)
   */
  fetch_structures: {
    params: FetchStructuresParams;
    result: FetchStructuresResult;
  };

  /**
   * Forget a structure of the library. (write, since 1.0)
   */
  delete_structure: {
    params: DeleteStructureParams;
    result: DeleteStructureResult;
  };

  /**
   * Make the inputs of VASP of a structure. (write, since 1.0)
   */
  generate_vasp_inputs: {
    params: GenerateVaspInputsParams;
    result: GenerateInputResult;
  };

  /**
   * Make an input of CRYSTAL's properties for a deck or a job. (write, since 1.0)
   */
  generate_properties_input: {
    params: GeneratePropertiesInputParams;
    result: GenerateInputResult;
  };

  /**
   * Make a CRYSTAL deck of a structure. (write, since 1.0)
   */
  generate_crystal_input: {
    params: GenerateCrystalInputParams;
    result: GenerateInputResult;
  };

  /**
   * Make pw.x inputs of a structure. (write, since 1.0)
   */
  generate_espresso_input: {
    params: GenerateEspressoInputParams;
    result: GenerateInputResult;
  };

  /**
   * Return what stands against running inputs, with places and fixes. (read, since 1.0)
   */
  validate_inputs: {
    params: ValidateInputsParams;
    result: ValidateInputsResult;
  };

  /**
   * Return the templates that there are, with their parameters. (read, since 1.0)
   */
  list_templates: {
    params: ListTemplatesParams;
    result: ListTemplatesResult;
  };

  /**
   * Make an input from a template. (write, since 1.0)
   */
  render_template: {
    params: RenderTemplateParams;
    result: GenerateInputResult;
  };

  /**
   * Return what is wrong in an input text, with places and fixes. (read, since 1.0)
   */
  check_document: {
    params: CheckDocumentParams;
    result: CheckDocumentResult;
  };

  /**
   * Return what may stand at a place of an input text. (read, since 1.0)
   */
  complete_document: {
    params: PositionParams;
    result: CompleteDocumentResult;
  };

  /**
   * Explain what stands at a place of an input text. (read, since 1.0)
   */
  hover_document: {
    params: PositionParams;
    result: HoverDocumentResult;
  };

  /**
   * Return the parts of an input text as a tree. (read, since 1.0)
   */
  document_symbols: {
    params: DocumentParams;
    result: DocumentSymbolsResult;
  };

  /**
   * Return the words of an input text with their kinds, for colours. (read, since 1.0)
   */
  document_tokens: {
    params: DocumentParams;
    result: DocumentTokensResult;
  };

  /**
   * Return the edits that align an input text. (read, since 1.0)
   */
  format_document: {
    params: DocumentParams;
    result: FormatDocumentResult;
  };

  /**
   * Return the lines of an input text that can be folded. (read, since 1.0)
   */
  folding_ranges: {
    params: DocumentParams;
    result: FoldingRangesResult;
  };
}

/**
 * Who the client is, and the protocol versions that it understands.
 */
export interface HelloParams {
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  client: string;
  protocol: ProtocolRange;
  _meta?: Meta;
}

export interface ProtocolRange {
  /**
   * a version such as 1.0
   */
  min: string;
  /**
   * a version such as 1.0
   */
  max: string;
}

/**
 * What travels with a call beside its parameters.
 */
export interface Meta {
  /**
   * a W3C traceparent
   */
  traceparent?: string | null;
}

export interface HelloResult {
  protocol: string;
  server: string;
  limits: FrameLimits;
  store_id: string;
  cursor: string;
}

export interface FrameLimits {
  max_request_bytes: number;
  max_reply_bytes: number;
  max_batch: number;
  max_in_flight: number;
}

export interface PingParams {
  _meta?: Meta;
}

export interface PingResult {
  time_ms: number;
}

export interface DiscoverParams {
  _meta?: Meta;
}

/**
 * The OpenRPC document of this daemon.
 */
export interface DiscoverResult {
  openrpc: {
    [k: string]: unknown;
  };
}

export interface DescribeParams {
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  method: string;
  _meta?: Meta;
}

/**
 * One method of the OpenRPC document with the schemas that it uses.
 */
export interface DescribeResult {
  method: {
    [k: string]: unknown;
  };

  schemas: {
    [k: string]: unknown;
  };
}

export interface StatusParams {
  _meta?: Meta;
}

/**
 * Answered at once: no machine is asked and no file of a job is read.
 */
export interface StatusResult {
  server: string;
  protocol: string;
  pid: number;
  uptime_s: number;
  socket: string;
  n_clients: number;
  jobs_by_state: {
    [k: string]: number;
  };

  cores_total: number;
  cores_busy: number;
  loop_lag: LoopLag;
  store: StoreStatus;
  last_backup_ms: number | null;
  degraded: string[];
  /**
   * @defaultValue `[]`
   */
  hosts?: HostStatus[];
}

/**
 * How late the event loop woke up during the last minutes.
 */
export interface LoopLag {
  p50_ms: number;
  p99_ms: number;
  max_ms: number;
}

/**
 * `size_bytes`: the file and its write-ahead log; `wal_bytes`: the log alone.
 */
export interface StoreStatus {
  path: string;
  store_id: string;
  size_bytes: number;
  wal_bytes: number;
  schema_version: number;
  sqlite_version: string;
}

/**
 * How it stands with the way to a cluster; the states are those of its budget.
 *
 * `reason`: why it is not reached, in a sentence; it is tried at `next_try_ms`.
 */
export interface HostStatus {
  cluster: string;
  is_paused: boolean;
  state: string;
  since_ms: number | null;
  last_answer_ms: number | null;
  next_try_ms: number | null;
  reason: string | null;
}

/**
 * The client's own values, to be set beside the daemon's.
 *
 * `deep` looks through the whole store, which may take seconds.
 */
export interface DoctorParams {
  /**
   * @defaultValue `false`
   */
  deep?: boolean;
  /**
   * @defaultValue `{}`
   */
  environment?: {
    /**
     * At most 4096 characters.
     */
    [k: string]: string;
  };

  _meta?: Meta;
}

export interface DoctorResult {
  checks: Check[];
  settings: Setting[];
}

/**
 * One check: `status` is ok, warn or fail; `remedy` says what to do.
 */
export interface Check {
  id: string;
  status: string;
  evidence: string;
  remedy: string;
}

/**
 * A setting in force; secrets are shown as set or not set only.
 */
export interface Setting {
  name: string;
  value: string;
  origin: string;
}

export interface ShutdownParams {
  _meta?: Meta;
}

/**
 * The daemon stops after this reply; `n_running` jobs go on without it.
 */
export interface ShutdownResult {
  pid: number;
  n_running: number;
}

export interface MetricsParams {
  /**
   * @defaultValue `"openmetrics"`
   */
  format?: "openmetrics";
  _meta?: Meta;
}

/**
 * The figures of the daemon as OpenMetrics text, in base units.
 */
export interface MetricsResult {
  text: string;
}

export interface DumpTasksParams {
  _meta?: Meta;
}

/**
 * What the daemon is doing: its tasks, and its other threads.
 */
export interface DumpTasksResult {
  tasks: Task[];
  threads: Task[];
}

/**
 * A task of the event loop; `stack` is innermost last, `file:line function`.
 */
export interface Task {
  name: string;
  stack: string[];
}

/**
 * From now on this connection may only read; there is no way back.
 */
export interface RestrictSessionParams {
  access: "read";
  _meta?: Meta;
}

export interface RestrictSessionResult {
  access: string;
}

export interface BackUpParams {
  _meta?: Meta;
}

/**
 * The copy of the store: checked, and whole at the instant it was made.
 */
export interface BackUpResult {
  path: string;
  size_bytes: number;
}

/**
 * A submission; the same `client_token` never makes a second job.
 */
export interface SubmitJobParams {
  /**
   * At least 1, at most 1000 entries.
   */
  inputs: Input[];
  /**
   * At most 50 entries.
   *
   * @defaultValue `[]`
   */
  steps?: Input[];
  /**
   * At most 200 entries.
   *
   * @defaultValue `[]`
   */
  auxiliary?: Auxiliary[];
  /**
   * At most 20 entries.
   *
   * @defaultValue `[]`
   */
  inputs_from?: InputsFrom[];
  /**
   * At most 5 entries.
   *
   * @defaultValue `[]`
   */
  sweep?: Sweep[];
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  code?: string | null;
  /**
   * at most 100 letters, digits and . _ + -, not a sign first
   */
  name?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  project?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  tags?: string[];
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   *
   * @defaultValue `"local"`
   */
  cluster?: string;
  resources?: ResourcesAsked;
  /**
   * At most 100 entries.
   *
   * @defaultValue `[]`
   */
  environment?: EnvironmentValue[];
  /**
   * At least -1000, at most 1000.
   *
   * @defaultValue `0`
   */
  priority?: number;
  /**
   * @defaultValue `false`
   */
  hold?: boolean;
  /**
   * Each: one line of text that is not empty
   *
   * At most 20 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  force?: string[];
  /**
   * 8 to 128 letters, digits and . _ : -
   */
  client_token?: string | null;
  _meta?: Meta;
}

/**
 * An input file by absolute path or by text, or a directory by path.
 *
 * With `text` a `name` is needed; with `path` it may rename the file.
 */
export interface Input {
  /**
   * an absolute path
   *
   * At most 4096 characters.
   */
  path?: string | null;
  /**
   * At most 1048576 characters.
   */
  text?: string | null;
  /**
   * the name of a file, without a slash
   *
   * At most 200 characters.
   */
  name?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  program?: string | null;
}

/**
 * Another file the job reads: by absolute path, or by the sha256 of a blob.
 */
export interface Auxiliary {
  /**
   * an absolute path
   *
   * At most 4096 characters.
   */
  path?: string | null;
  /**
   * a sha256: 64 digits 0-9 and a-f
   */
  blob?: string | null;
  /**
   * the name of a file, without a slash
   *
   * At most 200 characters.
   */
  name?: string | null;
}

/**
 * Files of another job by their role, copied when that job has completed.
 */
export interface InputsFrom {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  role: string;
}

/**
 * Values that replace `${name}` in the input, one job for each combination.
 */
export interface Sweep {
  /**
   * a name of letters, digits and _ (at most 32)
   */
  name: string;
  /**
   * At least 1, at most 1000 entries.
   *
   * Items: At most 200 characters.
   */
  values: string[];
}

/**
 * What the job may use; what is left out is chosen, with a reason in the plan.
 *
 * `memory_mb` is for all ranks. `queue` is for clusters with a batch system.
 */
export interface ResourcesAsked {
  /**
   * At least 1, at most 1000000.
   */
  ranks?: number | null;
  /**
   * At least 1, at most 1000000.
   */
  threads?: number | null;
  /**
   * At least 1, at most 100000000.
   */
  walltime_s?: number | null;
  /**
   * At least 1, at most 1073741824.
   */
  memory_mb?: number | null;
  queue?: QueueAsked;
}

/**
 * What a batch system is asked for beside cores, memory and time.
 *
 * What is left out is as the cluster has it, or as the batch system decides.
 * `gpus` as it writes them: `2`, `a100:2`. `is_requeued`: it may start the job
 * again after a node has failed.
 */
export interface QueueAsked {
  /**
   * a word of the site without spaces, not beginning with - or #
   *
   * At most 200 characters.
   */
  partition?: string | null;
  /**
   * a word of the site without spaces, not beginning with - or #
   *
   * At most 200 characters.
   */
  account?: string | null;
  /**
   * a word of the site without spaces, not beginning with - or #
   *
   * At most 200 characters.
   */
  qos?: string | null;
  /**
   * a word of the site without spaces, not beginning with - or #
   *
   * At most 200 characters.
   */
  constraint?: string | null;
  /**
   * a word of the site without spaces, not beginning with - or #
   *
   * At most 200 characters.
   */
  reservation?: string | null;
  /**
   * At least 1, at most 1000000.
   */
  nodes?: number | null;
  /**
   * a word of the site without spaces, not beginning with - or #
   *
   * At most 200 characters.
   */
  gpus?: string | null;
  is_exclusive?: boolean | null;
  is_requeued?: boolean | null;
  /**
   * Each: one option of the batch system, such as --mail-type=END
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one option of the batch system, such as --mail-type=END
   *
   * At most 500 characters.
   */
  directives?: string[];
}

/**
 * A value of the client's environment or project file, with its origin.
 */
export interface EnvironmentValue {
  /**
   * the name of a variable: capitals, digits and _
   */
  name: string;
  /**
   * one line of text
   *
   * At most 4096 characters.
   */
  value: string;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  origin: string;
}

/**
 * The jobs, all of them on disk. `created` is false if the token was known.
 */
export interface SubmitJobResult {
  jobs: SubmittedJob[];
  collection: string | null;
  created: boolean;
}

export interface SubmittedJob {
  job_id: string;
  name: string;
  directory: string;
}

/**
 * A submission. Several `inputs`, or a sweep, make a collection of jobs.
 *
 * `hold`: the jobs wait until `release_job`.
 */
export interface ExplainJobParams {
  /**
   * At least 1, at most 1000 entries.
   */
  inputs: Input[];
  /**
   * At most 50 entries.
   *
   * @defaultValue `[]`
   */
  steps?: Input[];
  /**
   * At most 200 entries.
   *
   * @defaultValue `[]`
   */
  auxiliary?: Auxiliary[];
  /**
   * At most 20 entries.
   *
   * @defaultValue `[]`
   */
  inputs_from?: InputsFrom[];
  /**
   * At most 5 entries.
   *
   * @defaultValue `[]`
   */
  sweep?: Sweep[];
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  code?: string | null;
  /**
   * at most 100 letters, digits and . _ + -, not a sign first
   */
  name?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  project?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  tags?: string[];
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   *
   * @defaultValue `"local"`
   */
  cluster?: string;
  resources?: ResourcesAsked;
  /**
   * At most 100 entries.
   *
   * @defaultValue `[]`
   */
  environment?: EnvironmentValue[];
  /**
   * At least -1000, at most 1000.
   *
   * @defaultValue `0`
   */
  priority?: number;
  /**
   * @defaultValue `false`
   */
  hold?: boolean;
  /**
   * Each: one line of text that is not empty
   *
   * At most 20 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  force?: string[];
  _meta?: Meta;
}

/**
 * One plan for each job that `submit_job` would make.
 *
 * With what takes too long to look for there: what the symmetry makes of a CRYSTAL
 * deck. It may refuse (`job.input_invalid`) what `submit_job` takes.
 */
export interface ExplainJobResult {
  plans: Plan[];
}

/**
 * What a submission does; the job is stored with the same object.
 *
 * `script` is the job script of a batch system, with names for what is not known
 * before the job is submitted.
 */
export interface Plan {
  version: number;
  name: string;
  code: string;
  cluster: string;
  scheduler: string;
  parallelism: Parallelism;
  steps: Step[];
  environment: Variable[];
  stage_in: StagedFile[];
  stage_out: StagedFile[];
  scratch: string;
  scratch_origin: string;
  limits: Limits;
  warnings: string[];
  overrides: string[];
  queue?: QueueOptions;
  /**
   * @defaultValue `[]`
   */
  modules?: string[];
  /**
   * @defaultValue `[]`
   */
  setup?: string[];
  script?: string | null;
}

export interface Parallelism {
  ranks: number;
  ranks_reason: string;
  threads: number;
  threads_reason: string;
}

/**
 * One program: what is started, in the scratch directory all steps share.
 */
export interface Step {
  program: string;
  input_name: string;
  input_as: string | null;
  executable: string;
  executable_origin: string;
  arguments: string[];
  launcher: string[];
  stdin: string | null;
  stdout: string;
  stderr: string;
  good_codes: number[];
  clean_stop?: CleanStop | null;
}

/**
 * How a program is asked to end so that it can go on later.
 *
 * `files` (name in scratch, text) are written `margin_s` before the end of the wall
 * time.
 */
export interface CleanStop {
  files: [string, string][];
  margin_s: number;
}

export interface Variable {
  name: string;
  value: string;
  origin: string;
}

/**
 * A file copied between the job's directory and scratch.
 */
export interface StagedFile {
  name: string;
  scratch_name: string;
  role: string;
  is_required: boolean;
  sha256: string | null;
  /**
   * @defaultValue `false`
   */
  is_for_restart?: boolean;
}

export interface Limits {
  walltime_s: number | null;
  memory_mb: number | null;
  grace_s: number;
}

/**
 * What a batch system is asked for, as it stands in a plan.
 */
export interface QueueOptions {
  partition?: string | null;
  account?: string | null;
  qos?: string | null;
  constraint?: string | null;
  reservation?: string | null;
  nodes?: number | null;
  gpus?: string | null;
  is_exclusive?: boolean | null;
  is_requeued?: boolean | null;
  /**
   * @defaultValue `[]`
   */
  directives?: string[];
}

/**
 * Filters are combined with and; `text` looks in names, projects, tags, titles.
 */
export interface FetchJobsParams {
  /**
   * Each: one line of text that is not empty
   *
   * At most 20 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  states?: string[];
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  code?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  name?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  tag?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  project?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  text?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  collection?: string | null;
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster?: string | null;
  /**
   * At least 1, at most 1000.
   *
   * @defaultValue `50`
   */
  limit?: number;
  /**
   * At most 64 characters.
   */
  page?: string | null;
  _meta?: Meta;
}

/**
 * Newest first. `next_page` is null on the last page; `cursor` is for events.
 */
export interface FetchJobsResult {
  jobs: JobSummary[];
  next_page: string | null;
  cursor: string;
}

/**
 * A line of a list. Times in ms since 1970 (UTC); energy in eV per cell as run.
 *
 * `doubt` says what is not known about the state; the state is the last known.
 */
export interface JobSummary {
  job_id: string;
  name: string;
  code: string;
  cluster: string;
  state: string;
  cause: string | null;
  doubt: string | null;
  project: string | null;
  tags: string[];
  collection: string | null;
  cores: number;
  priority: number;
  created_ms: number;
  started_ms: number | null;
  ended_ms: number | null;
  energy_ev: number | null;
  energy_kind: string | null;
  grade: string | null;
}

export interface GetJobDetailsParams {
  /**
   * the number of a job
   */
  job_id: string;
  _meta?: Meta;
}

export interface GetJobDetailsResult {
  job: JobDetails;
}

/**
 * All that is known about a job.
 */
export interface JobDetails {
  job_id: string;
  name: string;
  code: string;
  cluster: string;
  state: string;
  cause: string | null;
  doubt: string | null;
  project: string | null;
  tags: string[];
  collection: string | null;
  cores: number;
  priority: number;
  created_ms: number;
  started_ms: number | null;
  ended_ms: number | null;
  energy_ev: number | null;
  energy_kind: string | null;
  grade: string | null;
  stale_since_ms: number | null;
  directory: string;
  plan: Plan;
  results: CalculationResult[];
  attempts: Attempt[];
  evidence: Evidence[];
  files: JobFile[];
  /**
   * @defaultValue `[]`
   */
  generated?: GeneratedFrom[];
}

/**
 * What one output says. Energies in eV per cell as run.
 *
 * `scf_loops`, `steps`, `bands`, `dos` and `forces_ev_a` are its series: empty
 * unless they were asked for.
 */
export interface CalculationResult {
  version: number;
  code: string;
  program: string;
  code_version?: string | null;
  build?: string | null;
  calculation?: string | null;
  headline_energy_kind?: string | null;
  energy_ev?: number | null;
  energy_as_printed?: number | null;
  energy_unit?: string | null;
  energy_source?: Source | null;
  energies_ev: {
    [k: string]: number;
  };

  functional?: string | null;
  spin?: string | null;
  n_atoms?: number | null;
  formula?: string | null;
  n_electrons?: number | null;
  cell_charge?: number | null;
  n_basis_functions?: number | null;
  n_kpoints?: number | null;
  kpoint_mesh?: [number, number, number] | null;
  n_symmetry_operators?: number | null;
  space_group?: string | null;
  n_scf_cycles?: number | null;
  n_geometry_steps?: number | null;
  is_scf_converged?: boolean | null;
  is_geometry_converged?: boolean | null;
  is_normal_end?: boolean | null;
  /**
   * @defaultValue `[]`
   */
  criteria?: CalculationsMeasure[];
  initial_structure?: Structure | null;
  final_structure?: Structure | null;
  /**
   * @defaultValue `[]`
   */
  forces_ev_a?: [number, number, number][];
  stress_gpa?:
    | [[number, number, number], [number, number, number], [number, number, number]]
    | null;
  pressure_gpa?: number | null;
  /**
   * @defaultValue `[]`
   */
  gaps?: CalculationsGap[];
  fermi_energy_ev?: number | null;
  magnetisation_bohr?: number | null;
  /**
   * @defaultValue `[]`
   */
  charges?: Charges[];
  vibrations?: Vibrations | null;
  elastic?: Elastic | null;
  equation_of_state?: EquationOfState | null;
  dielectric?: Dielectric | null;
  bands?: Bands | null;
  dos?: DensityOfStates | null;
  n_ranks?: number | null;
  n_threads?: number | null;
  n_pools?: number | null;
  wall_time_s?: number | null;
  cpu_time_s?: number | null;
  max_memory_mb?: number | null;
  /**
   * @defaultValue `"unknown"`
   */
  grade?: string;
  /**
   * @defaultValue `[]`
   */
  flags?: string[];
  /**
   * @defaultValue `[]`
   */
  warnings?: string[];
  cause?: string | null;
  /**
   * @defaultValue `[]`
   */
  ignored_keywords?: string[];
  /**
   * @defaultValue `[]`
   */
  scf_loops?: ScfLoop[];
  /**
   * @defaultValue `[]`
   */
  steps?: IonicStep[];
}

/**
 * The line that a value was read from; `line` counts from 1.
 */
export interface Source {
  file: string;
  line: number;
  text: string;
}

/**
 * A quantity against its threshold, in the code's units.
 */
export interface CalculationsMeasure {
  name: string;
  value: number;
  threshold: number;
  unit: string;
  is_met: boolean;
}

/**
 * Atoms of the cell as run, Cartesian in Å; `lattice_a`: a vector a direction.
 */
export interface Structure {
  dimension: number;
  lattice_a: [number, number, number][];
  atomic_numbers: number[];
  positions_a: [number, number, number][];
  /**
   * @defaultValue `[]`
   */
  labels?: string[];
}

/**
 * A band gap; `spin`: up, down, or null for both alike.
 */
export interface CalculationsGap {
  gap_ev: number;
  is_direct?: boolean | null;
  spin?: string | null;
  top_of_valence_ev?: number | null;
  bottom_of_conduction_ev?: number | null;
}

/**
 * A partition of the electrons among the atoms.
 */
export interface Charges {
  scheme: string;
  /**
   * @defaultValue `[]`
   */
  electrons?: number[];
  /**
   * @defaultValue `[]`
   */
  moments_bohr?: number[];
}

export interface Vibrations {
  points: Phonons[];
  zero_point_ev?: number | null;
  /**
   * @defaultValue `[]`
   */
  thermodynamics?: Thermodynamics[];
  /**
   * @defaultValue `[]`
   */
  born_charges?: [
    [number, number, number],
    [number, number, number],
    [number, number, number],
  ][];
}

/**
 * The modes at one q-point, in units of the reciprocal lattice.
 */
export interface Phonons {
  /**
   * @minItems 3
   * @maxItems 3
   */
  q: [number, number, number];
  modes: Mode[];
  weight?: number | null;
}

/**
 * A vibration; imaginary ones are negative.
 */
export interface Mode {
  frequency_cm: number;
  irrep?: string | null;
  infrared_km_mol?: number | null;
  raman?: number | null;
  is_infrared_active?: boolean | null;
  is_raman_active?: boolean | null;
}

/**
 * Vibrational contributions per cell at a temperature and pressure.
 */
export interface Thermodynamics {
  temperature_k: number;
  pressure_gpa?: number | null;
  vibrational_ev?: number | null;
  pv_ev?: number | null;
  ts_ev?: number | null;
  entropy_ev_k?: number | null;
  heat_capacity_ev_k?: number | null;
}

/**
 * Second-order elastic constants, 6 × 6 in Voigt order.
 */
export interface Elastic {
  constants_gpa: number[][];
  bulk_voigt_gpa?: number | null;
  bulk_reuss_gpa?: number | null;
  bulk_hill_gpa?: number | null;
  shear_voigt_gpa?: number | null;
  shear_reuss_gpa?: number | null;
  shear_hill_gpa?: number | null;
  young_gpa?: number | null;
  poisson?: number | null;
  /**
   * @defaultValue `[]`
   */
  piezoelectric_c_m2?: number[][];
}

/**
 * Energies at volumes per cell, and what the code fitted to them.
 */
export interface EquationOfState {
  volumes_a3: number[];
  energies_ev: number[];
  /**
   * @defaultValue `[]`
   */
  fits?: StateFit[];
}

/**
 * A fit of E(V) by a `model`: birch_murnaghan, murnaghan, vinet ….
 */
export interface StateFit {
  model: string;
  volume_a3: number;
  energy_ev: number;
  bulk_modulus_gpa: number;
  bulk_modulus_derivative: number | null;
}

/**
 * Response to an electric field; atomic units where the name says so.
 */
export interface Dielectric {
  electronic?:
    | [[number, number, number], [number, number, number], [number, number, number]]
    | null;
  static?:
    | [[number, number, number], [number, number, number], [number, number, number]]
    | null;
  polarisability_bohr3?:
    | [[number, number, number], [number, number, number], [number, number, number]]
    | null;
  /**
   * @defaultValue `[]`
   */
  refractive_indices?: number[];
  /**
   * @defaultValue `[]`
   */
  hyperpolarisability_au?: [string, number][];
  ionic?:
    | [[number, number, number], [number, number, number], [number, number, number]]
    | null;
  photon_energy_ev?: number | null;
}

/**
 * Band energies `energies_ev[spin][k][band]`, on the zero that the code uses.
 */
export interface Bands {
  energies_ev: number[][][];
  /**
   * @defaultValue `[]`
   */
  kpoints?: [number, number, number][];
  /**
   * @defaultValue `[]`
   */
  distances?: number[];
  /**
   * @defaultValue `[]`
   */
  labels?: KLabel[];
  fermi_ev?: number | null;
}

/**
 * A named point of a path: its number among the k-points, from 0.
 */
export interface KLabel {
  index: number;
  name: string;
}

export interface DensityOfStates {
  energies_ev: number[];
  curves: Projection[];
  fermi_ev?: number | null;
}

/**
 * One curve of a density of states: states/eV per cell.
 */
export interface Projection {
  name: string;
  spin: string | null;
  density: number[];
}

/**
 * One electronic loop: the energy after each cycle, eV per cell.
 */
export interface ScfLoop {
  geometry_step: number;
  is_converged: boolean | null;
  n_cycles: number | null;
  energies_ev: (number | null)[];
  deltas_ev: (number | null)[];
}

/**
 * One geometry whose energy was computed.
 */
export interface IonicStep {
  number: number;
  energy_ev: number | null;
  structure?: Structure | null;
  /**
   * @defaultValue `[]`
   */
  forces_ev_a?: [number, number, number][];
  stress_gpa?:
    | [[number, number, number], [number, number, number], [number, number, number]]
    | null;
  /**
   * @defaultValue `[]`
   */
  measures?: CalculationsMeasure[];
  is_scf_converged?: boolean | null;
  energy_line?: number | null;
}

/**
 * One try to run the job; at most one is open.
 *
 * `remote_directory`: where its files are on its cluster; null: in `directory`.
 */
export interface Attempt {
  number: number;
  token: string;
  state: string;
  created_ms: number;
  started_ms: number | null;
  ended_ms: number | null;
  scheduler_id: string | null;
  scratch: string | null;
  directory: string;
  exits: StepExit[];
  remote_directory?: string | null;
}

/**
 * How one program ended. `code` is null when a signal ended it.
 */
export interface StepExit {
  program: string;
  code: number | null;
  signal: number | null;
  started_ms: number;
  ended_ms: number;
  cpu_s: number | null;
  max_memory_mb: number | null;
}

/**
 * What was seen, where and when, behind the job's state.
 */
export interface Evidence {
  seen_ms: number;
  source: string;
  text: string;
}

/**
 * `is_here` is false of a file that stays on its cluster until `fetch_file`.
 */
export interface JobFile {
  name: string;
  size: number;
  role: string | null;
  sha256: string | null;
  /**
   * @defaultValue `true`
   */
  is_here?: boolean;
}

/**
 * An input of the job is exactly a file that a generator made: from what.
 */
export interface GeneratedFrom {
  file: string;
  provenance: Provenance;
}

/**
 * Where generated files come from: enough to make the same bytes again.
 *
 * `method` and `params` make them, with the structure as atoms; `libraries`: name →
 * version; `sha256`: name of a file → that of its text; `template`: name and version.
 */
export interface Provenance {
  method: string;
  params: {
    [k: string]: unknown;
  };

  crystalmath: string;
  libraries: {
    [k: string]: string;
  };

  origin: Origin;
  references: string[];
  sha256: {
    [k: string]: string;
  };

  /**
   * @defaultValue `""`
   */
  template?: string;
}

/**
 * Where a structure came from, and what was done to it since (`steps`).
 *
 * `space_group`: the number of the group that the database says.
 */
export interface Origin {
  kind: string;
  name: string;
  /**
   * @defaultValue `""`
   */
  source?: string;
  /**
   * @defaultValue `""`
   */
  database_version?: string;
  /**
   * @defaultValue `""`
   */
  licence?: string;
  /**
   * @defaultValue `""`
   */
  citation?: string;
  /**
   * @defaultValue `""`
   */
  url?: string;
  sha256?: string | null;
  /**
   * @defaultValue `[]`
   */
  steps?: string[];
  space_group?: number | null;
}

/**
 * Part of a file of the job. Without `file`, the output of the running step.
 *
 * A negative `offset` counts from the end.
 */
export interface FetchJobLogParams {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * the name of a file below the job's directory
   *
   * At most 4096 characters.
   */
  file?: string | null;
  /**
   * At least -8796093022208, at most 8796093022208.
   *
   * @defaultValue `0`
   */
  offset?: number;
  /**
   * At least 1, at most 1048576.
   *
   * @defaultValue `65536`
   */
  limit?: number;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `0`
   */
  wait_ms?: number;
  /**
   * @defaultValue `"text"`
   */
  encoding?: "base64" | "text";
  _meta?: Meta;
}

/**
 * `data` starts at byte `offset`; go on at `next_offset`.
 *
 * `text` replaces bytes that are not UTF-8. `at_end`: the job has ended and
 * nothing will be added.
 */
export interface FetchJobLogResult {
  file: string;
  offset: number;
  next_offset: number;
  size: number;
  data: string;
  encoding: string;
  at_end: boolean;
}

/**
 * Remove files of an ended job by their role, from its cluster.
 *
 * With `here` also those of this machine. With `dry_run` nothing is removed.
 */
export interface CleanJobParams {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * Each: one line of text that is not empty
   *
   * At least 1, at most 50 entries.
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  roles: string[];
  /**
   * @defaultValue `false`
   */
  here?: boolean;
  /**
   * @defaultValue `false`
   */
  dry_run?: boolean;
  _meta?: Meta;
}

/**
 * What was removed, or would be after a dry run.
 */
export interface CleanJobResult {
  job_id: string;
  files: CleanedFile[];
  size_bytes: number;
}

/**
 * A file that was removed; `is_left` if there is still one on this machine.
 */
export interface CleanedFile {
  name: string;
  role: string;
  size: number;
  is_left: boolean;
}

/**
 * Bring a file that the last attempt left on its cluster here.
 *
 * `name` is that of the file in `outputs/`. It goes on after the wait.
 */
export interface FetchFileParams {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * the name of a file in the job's outputs
   *
   * At most 1000 characters.
   */
  name: string;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `30000`
   */
  wait_ms?: number;
  _meta?: Meta;
}

/**
 * `path` is on the daemon's machine; the file is whole there if `is_here`.
 */
export interface FetchFileResult {
  job_id: string;
  name: string;
  path: string;
  size: number;
  sha256: string;
  is_here: boolean;
}

/**
 * Wait for cycles after `since_cycle` of the running step, or for another phase.
 */
export interface FetchJobProgressParams {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * At least 0, at most 1000000000.
   *
   * @defaultValue `0`
   */
  since_cycle?: number;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `0`
   */
  wait_ms?: number;
  _meta?: Meta;
}

/**
 * How far the job is: its state, the running program and the new cycles.
 *
 * `percent` is of the running step; `percent_basis` says of what it is a part.
 */
export interface FetchJobProgressResult {
  job_id: string;
  state: string;
  cause: string | null;
  step: number;
  n_steps: number;
  program: string;
  phase: string;
  detail: string;
  geometry_step: number;
  max_cycles: number | null;
  n_cycles: number;
  cycles: Cycle[];
  elapsed_s: number | null;
  walltime_s: number | null;
  max_steps?: number | null;
  scf_threshold_ev?: number | null;
  percent?: number | null;
  percent_basis?: string | null;
  geometry?: GeometryStep | null;
  pattern?: ScfPattern | null;
  forecast?: ScfForecast | null;
}

/**
 * One SCF cycle; `index` counts over the whole step, `number` over one SCF.
 */
export interface Cycle {
  index: number;
  number: number;
  geometry_step: number;
  energy_ev: number | null;
  delta_ev: number | null;
}

/**
 * The last step of an optimisation (or displacement) whose SCF has ended.
 */
export interface GeometryStep {
  number: number;
  energy_ev: number | null;
  measures: JobsMeasure[];
}

/**
 * A quantity against its threshold, where the code prints one; its own units.
 */
export interface JobsMeasure {
  name: string;
  value: number;
  threshold: number | null;
  unit: string;
  is_met: boolean | null;
}

/**
 * What the SCF does, and the numbers behind it.
 *
 * `word`: converging, slow, oscillating, diverging, stuck or too_short.
 */
export interface ScfPattern {
  word: string;
  because: string;
}

/**
 * What is to come, from what was printed; never a promise.
 *
 * `cycles`: the number of the last cycle of this SCF. `will_finish`: before the limits
 * of cycles and wall time; null if it cannot be told.
 */
export interface ScfForecast {
  cycles: number | null;
  remaining_s: number | null;
  will_finish: boolean | null;
  because: string;
}

/**
 * Cancel a job and wait for the proof that nothing of it runs any more.
 */
export interface CancelJobParams {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `15000`
   */
  wait_ms?: number;
  _meta?: Meta;
}

/**
 * The state after the wait; `is_confirmed`: no process of the job is left.
 */
export interface CancelJobResult {
  job_id: string;
  state: string;
  cause: string | null;
  is_confirmed: boolean;
}

export interface JobParams {
  /**
   * the number of a job
   */
  job_id: string;
  _meta?: Meta;
}

/**
 * The job as the call left it.
 */
export interface JobState {
  job_id: string;
  state: string;
  priority: number;
}

export interface SetPriorityParams {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * At least -1000, at most 1000.
   */
  priority: number;
  _meta?: Meta;
}

/**
 * A new attempt of a job that has ended otherwise than completed.
 *
 * With `resources`, `environment`, `cluster` or `force` the job gets a new plan;
 * without, it runs as before. With `after_attempt` (the number of its last attempt)
 * a call that is sent twice makes one attempt.
 */
export interface RetryJobParams {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster?: string | null;
  resources?: ResourcesAsked | null;
  /**
   * At most 100 entries.
   *
   * @defaultValue `[]`
   */
  environment?: EnvironmentValue[];
  /**
   * At least 0, at most 1000000.
   */
  after_attempt?: number | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 20 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  force?: string[];
  _meta?: Meta;
}

/**
 * `created` is false if the attempt had been asked for before.
 */
export interface RetryJobResult {
  job_id: string;
  state: string;
  n_attempts: number;
  created: boolean;
}

/**
 * A new job with the inputs of another one, changed by `edits`.
 *
 * What is left out is taken from that job. With `dry_run` nothing is stored.
 */
export interface CloneJobParams {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * At most 50 entries.
   *
   * @defaultValue `[]`
   */
  edits?: Edit[];
  /**
   * at most 100 letters, digits and . _ + -, not a sign first
   */
  name?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  project?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   */
  tags?: string[] | null;
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster?: string | null;
  resources?: ResourcesAsked | null;
  /**
   * At most 100 entries.
   *
   * @defaultValue `[]`
   */
  environment?: EnvironmentValue[];
  /**
   * At least -1000, at most 1000.
   *
   * @defaultValue `0`
   */
  priority?: number;
  /**
   * @defaultValue `false`
   */
  hold?: boolean;
  /**
   * Each: one line of text that is not empty
   *
   * At most 20 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  force?: string[];
  /**
   * @defaultValue `false`
   */
  dry_run?: boolean;
  /**
   * 8 to 128 letters, digits and . _ : -
   */
  client_token?: string | null;
  _meta?: Meta;
}

/**
 * A value to be set in an input of the job; the first input if none is named.
 *
 * `key` is a keyword of the code: SHRINK, TOLDEE (CRYSTAL), ecutwfc or
 * SYSTEM.nbnd (Quantum ESPRESSO), ENCUT (VASP).
 */
export interface Edit {
  /**
   * a keyword such as SHRINK, SYSTEM.nbnd or ENCUT
   */
  key: string;
  /**
   * text without control characters
   *
   * At most 1000 characters.
   */
  value: string;
  /**
   * the name of a file, without a slash
   *
   * At most 200 characters.
   */
  input?: string | null;
}

/**
 * `diff`: the changed inputs as a unified diff, empty if there is no change.
 *
 * `job` is null after a dry run.
 */
export interface CloneJobResult {
  job: SubmittedJob | null;
  diff: string;
  created: boolean;
}

/**
 * Forget a job that has ended and remove its files.
 *
 * Its number is never given to another job, and its client token makes no
 * second one.
 */
export interface DeleteJobParams {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * @defaultValue `false`
   */
  keep_files?: boolean;
  _meta?: Meta;
}

/**
 * What was removed; `directory` is still there if `keep_files` was asked.
 *
 * `n_files` and `size_bytes` are those of the directory. A job that is deleted
 * again is refused with the same figures as facts.
 */
export interface DeleteJobResult {
  job_id: string;
  directory: string;
  n_files: number;
  size_bytes: number;
  files_kept: boolean;
  /**
   * @defaultValue `[]`
   */
  scratches?: RemovedScratch[];
}

/**
 * A scratch directory that the job had left; `problem`: why it is still there.
 */
export interface RemovedScratch {
  path: string;
  n_files: number;
  size_bytes: number;
  problem: string | null;
}

/**
 * Save and read again what an ended job has left in its scratch directory.
 */
export interface CollectJobParams {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `15000`
   */
  wait_ms?: number;
  _meta?: Meta;
}

/**
 * The state after the wait; `evidence` says what was found or not saved.
 */
export interface CollectJobResult {
  job_id: string;
  state: string;
  cause: string | null;
  evidence: string;
  is_collected: boolean;
}

/**
 * A person's word about a job in doubt, which is taken as its evidence.
 *
 * `run_again` is for a job that is known not to run: it gets a new attempt.
 */
export interface ResolveJobParams {
  /**
   * the number of a job
   */
  job_id: string;
  outcome: "cancelled" | "failed" | "lost" | "run_again";
  /**
   * text without control characters
   *
   * At least 1, at most 1000 characters.
   */
  note: string;
  _meta?: Meta;
}

/**
 * Why the job is in its state, one sentence a line, and the evidence behind it.
 *
 * `next_look_ms` (ms since 1970) is null if the next look waits for an event.
 * `asked`: what was asked last, in order. `estimated_start_ms`: when the batch
 * system believes that a job which waits there will start.
 */
export interface WhyJobResult {
  job_id: string;
  state: string;
  cause: string | null;
  doubt: string | null;
  stale_since_ms: number | null;
  sentences: string[];
  evidence: Evidence[];
  next_look_ms: number | null;
  /**
   * @defaultValue `[]`
   */
  asked?: Asked[];
  estimated_start_ms?: number | null;
}

/**
 * One question about a job: whom it was put to, the answer, what follows.
 *
 * `whom`: the machine and its part (`squeue on hpc`). `is_answered` is false if
 * nothing came back, or nothing that says anything.
 */
export interface Asked {
  asked_ms: number;
  whom: string;
  answer: string;
  conclusion: string;
  is_answered: boolean;
}

/**
 * Follow events after a cursor, or from `now`.
 */
export interface SubscribeParams {
  /**
   * At most 100 characters.
   *
   * @defaultValue `"now"`
   */
  since?: string;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  types?: string[];
  /**
   * Each: the number of a job
   *
   * At most 1000 entries.
   *
   * @defaultValue `[]`
   *
   * Items: the number of a job
   */
  job_ids?: string[];
  _meta?: Meta;
}

export interface SubscribeResult {
  subscription: string;
  cursor: string;
  store_id: string;
}

export interface UnsubscribeParams {
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  subscription: string;
  _meta?: Meta;
}

export interface UnsubscribeResult {
  subscription: string;
}

/**
 * Events after a cursor; `now` with a wait returns the next ones.
 */
export interface FetchEventsParams {
  /**
   * At most 100 characters.
   *
   * @defaultValue `"now"`
   */
  cursor?: string;
  /**
   * At least 1, at most 1000.
   *
   * @defaultValue `256`
   */
  limit?: number;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `0`
   */
  wait_ms?: number;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  types?: string[];
  /**
   * Each: the number of a job
   *
   * At most 1000 entries.
   *
   * @defaultValue `[]`
   *
   * Items: the number of a job
   */
  job_ids?: string[];
  _meta?: Meta;
}

export interface FetchEventsResult {
  events: Event[];
  cursor: string;
}

/**
 * One event. `seq` orders them; the time is for people.
 */
export interface Event {
  seq: number;
  time_ms: number;
  type: string;
  job_id: string | null;
  payload: {
    [k: string]: unknown;
  };
}

/**
 * A chunk of a document of `size` bytes; chunks are sent in order.
 *
 * An empty chunk at offset 0 asks how much has arrived already.
 */
export interface PutBlobParams {
  /**
   * a sha256: 64 digits 0-9 and a-f
   */
  sha256: string;
  /**
   * At least 0, at most 8796093022208.
   */
  size: number;
  /**
   * At least 0, at most 8796093022208.
   */
  offset: number;
  /**
   * At most 699054 characters.
   */
  data_base64: string;
  _meta?: Meta;
}

/**
 * `received` bytes are on disk; `is_complete`: all, and the sha256 is right.
 */
export interface PutBlobResult {
  sha256: string;
  received: number;
  is_complete: boolean;
}

export interface GetBlobParams {
  /**
   * a sha256: 64 digits 0-9 and a-f
   */
  sha256: string;
  /**
   * At least 0, at most 8796093022208.
   *
   * @defaultValue `0`
   */
  offset?: number;
  /**
   * At least 1, at most 524288.
   *
   * @defaultValue `524288`
   */
  limit?: number;
  _meta?: Meta;
}

export interface GetBlobResult {
  sha256: string;
  size: number;
  offset: number;
  next_offset: number;
  data_base64: string;
}

/**
 * A new cluster; its name is enough if ssh_config knows a host of that name.
 *
 * Nothing is asked of the host yet: `test_cluster_connection` does that, and finds
 * out what was left out.
 */
export interface CreateClusterParams {
  /**
   * a word of small letters, digits and _
   */
  transport?: string | null;
  /**
   * a word of small letters, digits and _
   */
  scheduler?: string | null;
  /**
   * an alias of ssh_config, a name or an address
   *
   * At most 255 characters.
   */
  host?: string | null;
  /**
   * the name of a user
   *
   * At most 100 characters.
   */
  user?: string | null;
  /**
   * At least 1, at most 65535.
   */
  port?: number | null;
  /**
   * an absolute path
   *
   * At most 4096 characters.
   */
  identity_file?: string | null;
  /**
   * hosts as of ssh -J: user@host:port, with commas between them
   *
   * At most 1000 characters.
   */
  proxy_jump?: string | null;
  /**
   * a path that begins with / or ~/
   *
   * At most 1000 characters.
   */
  root?: string | null;
  /**
   * a path that begins with / or ~/
   *
   * At most 1000 characters.
   */
  scratch_base?: string | null;
  /**
   * Each: a path that begins with / or ~/
   *
   * At most 20 entries.
   */
  path?: string[] | null;
  /**
   * Each: a word of the site without spaces, not beginning with - or #
   *
   * At most 100 entries.
   */
  modules?: string[] | null;
  /**
   * Each: text without control characters
   *
   * At most 100 entries.
   */
  setup?: string[] | null;
  environment?: {
    /**
     * text without control characters
     *
     * At most 4096 characters.
     */
    [k: string]: string;
  } | null;
  queue?: QueueAsked | null;
  /**
   * At most 100 entries.
   */
  profiles?: ProfileAsked[] | null;
  /**
   * lines of text without control characters
   *
   * At most 65536 characters.
   */
  template?: string | null;
  /**
   * At least 1, at most 1000000.
   */
  max_jobs?: number | null;
  /**
   * At least 1, at most 1000000.
   */
  max_cores?: number | null;
  /**
   * At least 1, at most 86400.
   */
  poll_interval_s?: number | null;
  /**
   * At least 1, at most 86400.
   */
  max_poll_interval_s?: number | null;
  /**
   * At least 0, at most 1073741824.
   */
  fetch_limit_mb?: number | null;
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster: string;
  _meta?: Meta;
}

/**
 * How the site runs one program of a code; program `*` stands for all of them.
 *
 * `launcher` may hold {ranks}, {threads} and {nodes}. `setup`: lines of shell that
 * run before the program.
 */
export interface ProfileAsked {
  /**
   * a word of small letters, digits and _
   */
  code: string;
  /**
   * the name of a program, or * for all of a code
   *
   * @defaultValue `"*"`
   */
  program?: string;
  /**
   * a path that begins with / or ~/
   *
   * At most 1000 characters.
   */
  executable?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   */
  launcher?: string[] | null;
  /**
   * Each: a word of the site without spaces, not beginning with - or #
   *
   * At most 100 entries.
   *
   * @defaultValue `[]`
   *
   * Items: a word of the site without spaces, not beginning with - or #
   *
   * At most 200 characters.
   */
  modules?: string[];
  /**
   * Each: text without control characters
   *
   * At most 100 entries.
   *
   * @defaultValue `[]`
   *
   * Items: text without control characters
   *
   * At least 1, at most 1000 characters.
   */
  setup?: string[];
  /**
   * @defaultValue `{}`
   */
  environment?: {
    /**
     * text without control characters
     *
     * At most 4096 characters.
     */
    [k: string]: string;
  };
}

/**
 * The cluster as the call left it.
 */
export interface ClusterResult {
  cluster: ClusterDetails;
}

/**
 * All that is known about a cluster. `version` grows with each change.
 */
export interface ClusterDetails {
  name: string;
  transport: string;
  scheduler: string;
  host: string | null;
  is_paused: boolean;
  budget: HostBudget;
  jobs_by_state: {
    [k: string]: number;
  };

  checked_ms: number | null;
  settings: ClusterSettings;
  facts: ClusterFacts | null;
  created_ms: number | null;
  changed_ms: number | null;
  version: number;
}

/**
 * How it stands with a host, and what was asked of it since the daemon started.
 *
 * `state`: never, closed (it answers), open (it does not, and is tried again at
 * `next_try_ms`), half_open, auth_required (nothing is tried until you act), paused.
 */
export interface HostBudget {
  state: string;
  since_ms: number | null;
  last_answer_ms: number | null;
  next_try_ms: number | null;
  reason: string | null;
  n_logins: number;
  n_commands: number;
  bytes_sent: number;
  bytes_received: number;
}

/**
 * A cluster as its user described it, with what stands for the rest.
 */
export interface ClusterSettings {
  name: string;
  transport: string;
  scheduler: string;
  host: string | null;
  user: string | null;
  port: number | null;
  identity_file: string | null;
  proxy_jump: string | null;
  root: string;
  scratch_base: string;
  path: string[];
  modules: string[];
  setup: string[];
  environment: {
    [k: string]: string;
  };

  queue: QueueOptions;
  profiles: CodeProfile[];
  template: string | null;
  max_jobs: number | null;
  max_cores: number | null;
  poll_interval_s: number;
  max_poll_interval_s: number;
  fetch_limit_mb: number;
  is_paused: boolean;
}

export interface CodeProfile {
  code: string;
  program: string;
  executable: string | null;
  launcher: string[] | null;
  modules: string[];
  setup: string[];
  environment: {
    [k: string]: string;
  };
}

/**
 * What a machine answered when it was last looked over.
 *
 * `clock_offset_s`: its clock minus ours. `executables`: program → path.
 */
export interface ClusterFacts {
  checked_ms: number;
  home: string;
  host: string;
  user: string;
  scheduler_version: string | null;
  has_accounting: boolean | null;
  min_job_age_s: number | null;
  partitions: Partition[];
  executables: {
    [k: string]: string;
  };

  has_modules: boolean;
  cores: number | null;
  free_root_mb: number | null;
  free_scratch_mb: number | null;
  clock_offset_s: number;
}

/**
 * A partition as the batch system describes it; null: without a limit.
 */
export interface Partition {
  name: string;
  is_default: boolean;
  state: string;
  nodes: number;
  cores_per_node: number;
  memory_per_node_mb: number;
  walltime_s: number | null;
}

/**
 * Other values for some fields; `clear` puts fields back as if never given.
 *
 * Parts of `queue`, variables and profiles (by code and program) that are not
 * named stay. With `version` it is refused if somebody has changed the cluster
 * since.
 */
export interface UpdateClusterParams {
  /**
   * a word of small letters, digits and _
   */
  transport?: string | null;
  /**
   * a word of small letters, digits and _
   */
  scheduler?: string | null;
  /**
   * an alias of ssh_config, a name or an address
   *
   * At most 255 characters.
   */
  host?: string | null;
  /**
   * the name of a user
   *
   * At most 100 characters.
   */
  user?: string | null;
  /**
   * At least 1, at most 65535.
   */
  port?: number | null;
  /**
   * an absolute path
   *
   * At most 4096 characters.
   */
  identity_file?: string | null;
  /**
   * hosts as of ssh -J: user@host:port, with commas between them
   *
   * At most 1000 characters.
   */
  proxy_jump?: string | null;
  /**
   * a path that begins with / or ~/
   *
   * At most 1000 characters.
   */
  root?: string | null;
  /**
   * a path that begins with / or ~/
   *
   * At most 1000 characters.
   */
  scratch_base?: string | null;
  /**
   * Each: a path that begins with / or ~/
   *
   * At most 20 entries.
   */
  path?: string[] | null;
  /**
   * Each: a word of the site without spaces, not beginning with - or #
   *
   * At most 100 entries.
   */
  modules?: string[] | null;
  /**
   * Each: text without control characters
   *
   * At most 100 entries.
   */
  setup?: string[] | null;
  environment?: {
    /**
     * text without control characters
     *
     * At most 4096 characters.
     */
    [k: string]: string;
  } | null;
  queue?: QueueAsked | null;
  /**
   * At most 100 entries.
   */
  profiles?: ProfileAsked[] | null;
  /**
   * lines of text without control characters
   *
   * At most 65536 characters.
   */
  template?: string | null;
  /**
   * At least 1, at most 1000000.
   */
  max_jobs?: number | null;
  /**
   * At least 1, at most 1000000.
   */
  max_cores?: number | null;
  /**
   * At least 1, at most 86400.
   */
  poll_interval_s?: number | null;
  /**
   * At least 1, at most 86400.
   */
  max_poll_interval_s?: number | null;
  /**
   * At least 0, at most 1073741824.
   */
  fetch_limit_mb?: number | null;
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster: string;
  /**
   * Each: a field, or a part of one: template, queue.account, environment.NAME, profiles.espresso.pw.x
   *
   * At most 100 entries.
   *
   * @defaultValue `[]`
   *
   * Items: a field, or a part of one: template, queue.account, environment.NAME, profiles.espresso.pw.x
   */
  clear?: string[];
  /**
   * At least 0, at most 9007199254740992.
   */
  version?: number | null;
  _meta?: Meta;
}

export interface ClusterParams {
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster: string;
  _meta?: Meta;
}

/**
 * `n_jobs` ended jobs keep its name; their files there stay where they are.
 */
export interface DeleteClusterResult {
  cluster: string;
  n_jobs: number;
}

export interface FetchClustersParams {
  _meta?: Meta;
}

export interface FetchClustersResult {
  clusters: ClusterSummary[];
}

/**
 * A line of the list. `checked_ms`: when it was last looked over.
 */
export interface ClusterSummary {
  name: string;
  transport: string;
  scheduler: string;
  host: string | null;
  is_paused: boolean;
  budget: HostBudget;
  jobs_by_state: {
    [k: string]: number;
  };

  checked_ms: number | null;
}

/**
 * Look a cluster over, now. A person asks: one login is tried in any case.
 */
export interface TestClusterConnectionParams {
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster: string;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `120000`
   */
  wait_ms?: number;
  _meta?: Meta;
}

/**
 * The checks in the order they were made; `facts` is null if it was not reached.
 */
export interface TestClusterConnectionResult {
  cluster: string;
  checks: Check[];
  facts: ClusterFacts | null;
}

/**
 * Accept the key of a host that is not known yet.
 *
 * Without `fingerprint` the host is asked and nothing is stored; with it, its key
 * is stored if it has that fingerprint. A key that has changed is never accepted.
 */
export interface TrustHostKeyParams {
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster: string;
  /**
   * the fingerprint of a key: SHA256: and 43 characters
   */
  fingerprint?: string | null;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `60000`
   */
  wait_ms?: number;
  _meta?: Meta;
}

/**
 * `keys`: of the host, and of those on the way that are not known yet.
 */
export interface TrustHostKeyResult {
  cluster: string;
  keys: HostKey[];
}

/**
 * The key that a host shows; `place` as known_hosts names it.
 */
export interface HostKey {
  place: string;
  algorithm: string;
  fingerprint: string;
  is_known: boolean;
}

/**
 * Keep what a login asks for: a password, or the passphrase of the key.
 *
 * Or the key of a materials database, which belongs to no cluster.
 *
 * In the system keyring if `keep` is set and there is one, else in the memory of
 * the daemon, until it ends. One-time passwords and private keys are never kept.
 */
export interface StoreSecretParams {
  kind: "mp-api-key" | "mpcontribs-api-key" | "passphrase" | "password";
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster?: string | null;
  /**
   * At least 1, at most 4096 characters.
   */
  secret: string;
  /**
   * @defaultValue `true`
   */
  keep?: boolean;
  _meta?: Meta;
}

/**
 * `kept_in`: keyring or memory. `note`: why it is not in the keyring.
 *
 * `cluster` is empty for the key of a database.
 */
export interface StoreSecretResult {
  cluster: string;
  kind: string;
  kept_in: string;
  note: string | null;
}

/**
 * Forget it, in the keyring too.
 */
export interface ForgetSecretParams {
  kind: "mp-api-key" | "mpcontribs-api-key" | "passphrase" | "password";
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster?: string | null;
  _meta?: Meta;
}

/**
 * `was_kept` is false if there was none.
 */
export interface ForgetSecretResult {
  cluster: string;
  kind: string;
  was_kept: boolean;
}

/**
 * The queue of a cluster now: the user's own jobs, or those of `all`.
 */
export interface FetchSlurmQueueParams {
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster: string;
  /**
   * @defaultValue `false`
   */
  all?: boolean;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `60000`
   */
  wait_ms?: number;
  _meta?: Meta;
}

/**
 * `n_jobs` counts every line; at most 2,000 of them are in `jobs`.
 */
export interface FetchSlurmQueueResult {
  cluster: string;
  jobs: QueuedJob[];
  n_jobs: number;
}

/**
 * A line of the queue; tasks of an array that wait are one line.
 *
 * `job_id` is set if it is a job of this daemon. `reason`: why it waits, in the
 * word of the batch system.
 */
export interface QueuedJob {
  scheduler_id: string;
  job_id: string | null;
  name: string;
  user: string;
  state: string;
  partition: string;
  reason: string | null;
  n_tasks: number;
  nodes: number | null;
  cores: number | null;
  elapsed_s: number | null;
  walltime_s: number | null;
  estimated_start_ms: number | null;
}

/**
 * Take a job out of the queue, also one that was submitted by hand.
 */
export interface CancelSlurmJobParams {
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster: string;
  /**
   * the number of a job in the queue: 4711, 4711_3, 4711_[5-9]
   *
   * At most 250 characters.
   */
  scheduler_id: string;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `60000`
   */
  wait_ms?: number;
  _meta?: Meta;
}

/**
 * `job_id`: it was a job of this daemon, and was cancelled as `cancel_job` does.
 */
export interface CancelSlurmJobResult {
  cluster: string;
  scheduler_id: string;
  job_id: string | null;
}

/**
 * Look at every job of a cluster now, instead of when it is next due.
 */
export interface SyncRemoteJobsParams {
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster: string;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `60000`
   */
  wait_ms?: number;
  _meta?: Meta;
}

/**
 * `job_ids`: the jobs that are looked at; what changed comes as events.
 */
export interface SyncRemoteJobsResult {
  cluster: string;
  job_ids: string[];
}

/**
 * A new job that takes up what an ended one has left.
 *
 * `kind` is one of the ways that this job's code knows; without it, the best one that
 * can be gone. `edits` are made after those of the restart. With `dry_run` nothing is
 * stored: `options` tells every way, and why some cannot be gone.
 */
export interface RestartJobParams {
  /**
   * the number of a job
   */
  job_id: string;
  /**
   * At most 50 entries.
   *
   * @defaultValue `[]`
   */
  edits?: Edit[];
  /**
   * at most 100 letters, digits and . _ + -, not a sign first
   */
  name?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  project?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   */
  tags?: string[] | null;
  /**
   * at most 64 letters, digits and . _ -, not a sign first
   */
  cluster?: string | null;
  resources?: ResourcesAsked | null;
  /**
   * At most 100 entries.
   *
   * @defaultValue `[]`
   */
  environment?: EnvironmentValue[];
  /**
   * At least -1000, at most 1000.
   *
   * @defaultValue `0`
   */
  priority?: number;
  /**
   * @defaultValue `false`
   */
  hold?: boolean;
  /**
   * Each: one line of text that is not empty
   *
   * At most 20 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  force?: string[];
  /**
   * @defaultValue `false`
   */
  dry_run?: boolean;
  /**
   * 8 to 128 letters, digits and . _ : -
   */
  client_token?: string | null;
  /**
   * a way to go on: guess, optimisation, geometry, charge_density …
   */
  kind?: string | null;
  _meta?: Meta;
}

/**
 * `kind` is the way that was chosen, null if there is none.
 *
 * `diff`: the changed inputs as a unified diff. `job` is null after a dry run.
 */
export interface RestartJobResult {
  job: SubmittedJob | null;
  kind: string | null;
  diff: string;
  options: RestartOption[];
  created: boolean;
}

/**
 * One way to go on; it can be gone if `obstacles` is empty.
 *
 * `keeps`: what of the old run is kept. `checks`: what was looked at and found right.
 * `effect`: none, numerical or physics. `roles`: whose files the new job takes.
 */
export interface RestartOption {
  kind: string;
  title: string;
  keeps: string;
  effect: string;
  roles: string[];
  checks: string[];
  obstacles: string[];
}

/**
 * An output on the daemon's machine: a file, or a directory that holds one.
 *
 * `code`: read it as one of this code, also if it does not look like one. `series`:
 * with what belongs to each cycle and step, bands and densities of states.
 */
export interface ParseOutputParams {
  /**
   * an absolute path
   *
   * At most 4096 characters.
   */
  path: string;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  code?: string | null;
  /**
   * @defaultValue `false`
   */
  series?: boolean;
  _meta?: Meta;
}

/**
 * What most ask first, and `result`, which has all of it.
 *
 * `path`: the file that was read. `first_error`: why the run did not reach its end.
 * `cell_a_b_c_alpha_beta_gamma` in Å and degrees, of the last structure; a direction
 * without periodicity (slab, polymer) has 500 Å and 90°, as CRYSTAL prints it.
 * `series_blob`: with its series the result is larger than 1 MiB; it lies as JSON
 * under this sha256 (`get_blob`), and `result` is without them.
 */
export interface ParseOutputResult {
  path: string;
  code: string;
  program: string;
  code_version: string | null;
  energy_ev: number | null;
  headline_energy_kind: string | null;
  scf_converged: boolean | null;
  scf_cycles: number | null;
  geometry_converged: boolean | null;
  geometry_steps: number | null;
  normal_termination: boolean | null;
  n_atoms: number | null;
  formula: string | null;
  cell_a_b_c_alpha_beta_gamma: [number, number, number, number, number, number] | null;
  wall_time_s: number | null;
  cpu_time_s: number | null;
  first_error: string | null;
  grade: string;
  result: CalculationResult;
  series_blob?: string | null;
}

/**
 * A table over the results of jobs: which columns, of which jobs, in which order.
 *
 * Without columns: those that most look for. `sort`: columns, the first one first; a
 * `-` in front: the largest first. What is missing comes last. `tag`: only its jobs.
 */
export interface QueryResultsParams {
  /**
   * Each: the name of a column, as energy_ev
   *
   * At most 60 entries.
   *
   * @defaultValue `[]`
   *
   * Items: the name of a column, as energy_ev
   */
  columns?: string[];
  /**
   * At most 50 entries.
   *
   * @defaultValue `[]`
   */
  filters?: ResultFilter[];
  /**
   * Each: the name of a column, with a - for the largest first
   *
   * At most 10 entries.
   *
   * @defaultValue `[]`
   *
   * Items: the name of a column, with a - for the largest first
   */
  sort?: string[];
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  tag?: string | null;
  /**
   * At least 1, at most 1000.
   *
   * @defaultValue `50`
   */
  limit?: number;
  /**
   * At most 64 characters.
   */
  page?: string | null;
  _meta?: Meta;
}

/**
 * What the value of a column must be.
 *
 * `~`: the text holds this one, in capitals or not. null goes with `=` and `!=`.
 */
export interface ResultFilter {
  /**
   * the name of a column, as energy_ev
   */
  column: string;
  /**
   * @defaultValue `"="`
   */
  operator?: "!=" | "<" | "<=" | "=" | ">" | ">=" | "~";
  value?: string | number | boolean | null;
}

/**
 * A row a job that has a result, with one value a column.
 *
 * `known`: the names of all columns. `n_rows` are there in all.
 */
export interface QueryResultsResult {
  columns: ResultColumn[];
  rows: (string | number | boolean | null)[][];
  n_rows: number;
  next_page: string | null;
  known: string[];
}

/**
 * A column: its unit (empty if it has none), and `text`, `number` or `boolean`.
 */
export interface ResultColumn {
  name: string;
  unit: string;
  kind: string;
}

/**
 * Two jobs that have results, to be held against each other.
 */
export interface DiffJobsParams {
  /**
   * the number of a job
   */
  first: string;
  /**
   * the number of a job
   */
  second: string;
  _meta?: Meta;
}

/**
 * Inputs as a unified diff, results side by side, and the difference of energy.
 *
 * `energy_ev_per_cell` and `energy_ev_per_atom` are second minus first; null if there
 * are `obstacles`, per cell also if the cells have not the same number of atoms.
 * `remarks`: what could not be compared, since it is not known of either.
 */
export interface DiffJobsResult {
  first: string;
  second: string;
  inputs: string;
  values: DifferentValue[];
  energy_ev_per_cell: number | null;
  energy_ev_per_atom: number | null;
  obstacles: EnergyObstacle[];
  remarks: string[];
}

/**
 * One quantity of both jobs. `delta`: second minus first, of two numbers.
 */
export interface DifferentValue {
  name: string;
  unit: string;
  first: string | number | boolean | null;
  second: string | number | boolean | null;
  delta: number | null;
  is_same: boolean;
}

/**
 * Why the energies must not be subtracted: what differs, and how.
 */
export interface EnergyObstacle {
  what: string;
  first: string;
  second: string;
}

/**
 * Take in the past calculations of a tree on the daemon's machine.
 *
 * Nothing of it is moved or changed. It goes on after the wait; asked again, it goes
 * on where there is something new. `code`: only runs of this one. `stop`: end what
 * goes on; what was taken in stays.
 */
export interface AdoptDirectoryParams {
  /**
   * an absolute path
   *
   * At most 4096 characters.
   */
  path: string;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  code?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  project?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  tags?: string[];
  /**
   * @defaultValue `false`
   */
  stop?: boolean;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `1000`
   */
  wait_ms?: number;
  _meta?: Meta;
}

/**
 * How far it is; the numbers are of main outputs, one a run.
 *
 * `n_known` were taken in before, `n_duplicates` have the content of another run that
 * was. `n_links`: links to directories, which are not followed. `problems` holds the
 * first of `n_problems`. `collection` holds the jobs; null while there are none.
 */
export interface AdoptDirectoryResult {
  path: string;
  is_done: boolean;
  is_stopped: boolean;
  collection: string | null;
  n_directories: number;
  n_directories_done: number;
  n_files: number;
  n_outputs: number;
  n_adopted: number;
  n_known: number;
  n_duplicates: number;
  n_links: number;
  n_problems: number;
  size_bytes: number;
  problems: AdoptionProblem[];
}

/**
 * What could not be taken in, and why.
 */
export interface AdoptionProblem {
  path: string;
  reason: string;
}

/**
 * A job, or an output on the daemon's machine: one of the two.
 *
 * `path` is a file, or a directory that holds one run; `code` reads it as one of
 * this code, also if it does not look like one.
 */
export interface DiagnoseJobParams {
  /**
   * the number of a job
   */
  job_id?: string | null;
  /**
   * an absolute path
   *
   * At most 4096 characters.
   */
  path?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  code?: string | null;
  _meta?: Meta;
}

/**
 * What is known of a run's trouble, the first cause first.
 *
 * `first_cause`: a sentence, also where no known failure was found. `looked_at`: the
 * texts in which failures were looked for. `restarts`: the ways to go on from a job
 * that has ended.
 */
export interface DiagnoseJobResult {
  /**
   * the number of a job
   */
  job_id: string | null;
  path: string | null;
  code: string;
  program: string;
  state: string | null;
  grade: string | null;
  normal_termination: boolean | null;
  first_cause: string;
  looked_at: string[];
  findings: Finding[];
  restarts: RestartOption[];
}

/**
 * A known failure, with the lines that show it.
 *
 * `severity`: fatal, warning or note. `standing`: real (a recorded output shows the
 * row), quoted (a public source gives it) or unverified; `source` names it.
 * `is_generic`: it follows from another failure. `n_lines`: how many lines show it,
 * of which `evidence` has the first. `facts`: values that the lines name.
 */
export interface Finding {
  key: string;
  severity: string;
  cause: string;
  meaning: string;
  standing: string;
  source: string;
  is_generic: boolean;
  n_lines: number;
  evidence: Source[];
  facts: {
    [k: string]: string;
  };

  remedies: Remedy[];
}

/**
 * Something to do about a fault.
 *
 * `effect` is what it changes: none, numerical or physics. `edits` are those that
 * change an input, `diff` shows them as a unified diff; `obstacle` says why they
 * cannot be made in this run. `restarts`: the ways to go on that belong to it (as
 * `kind` of `restart_job`). `removes`: files to start without.
 */
export interface Remedy {
  text: string;
  effect: string;
  edits: ProposedEdit[];
  diff: string;
  obstacle: string | null;
  restarts: string[];
  removes: string[];
}

/**
 * A value for a key of an input; without one the key is taken out.
 */
export interface ProposedEdit {
  input: string;
  key: string;
  value: string | null;
}

/**
 * What is to be drawn of a finished job.
 */
export interface FetchJobSeriesParams {
  /**
   * the number of a job
   */
  job_id: string;
  kind: "bands" | "dos" | "eos" | "opt" | "phonons" | "scf";
  _meta?: Meta;
}

/**
 * `figure` is null if it has more than 1 MiB: it lies as JSON under `blob`.
 */
export interface FetchJobSeriesResult {
  job_id: string;
  kind: string;
  figure: Figure | null;
  blob: string | null;
}

/**
 * Curves on one pair of axes, with units in the labels.
 *
 * `level` is a horizontal line with a meaning, `upright` a vertical one; `y_range`
 * are the values that are shown, `note` says what is not.
 */
export interface Figure {
  title: string;
  x_label: string;
  y_label: string;
  curves: Curve[];
  /**
   * @defaultValue `[]`
   */
  marks?: Mark[];
  level?: number | null;
  upright?: number | null;
  /**
   * @defaultValue `false`
   */
  is_log_y?: boolean;
  y_range?: [number, number] | null;
  note?: string | null;
}

/**
 * Points from left to right; `style`: line, points or sticks (from y = 0).
 */
export interface Curve {
  name: string;
  x: number[];
  y: number[];
  /**
   * @defaultValue `"line"`
   */
  style?: string;
}

/**
 * A named place on the x axis.
 */
export interface Mark {
  at: number;
  label: string;
}

/**
 * A picture (PNG), stored under its sha256: `get_blob` returns it.
 */
export interface DrawJobResult {
  job_id: string;
  kind: string;
  blob: string;
  size: number;
}

/**
 * The last structure of a finished job, or with `json` all of its results.
 *
 * `xyz`: extended XYZ, with energy and forces. `gui`: a geometry file of CRYSTAL.
 * `steps`: every geometry of the run (xyz only).
 */
export interface ExportStructureParams {
  /**
   * the number of a job
   */
  job_id: string;
  format: "cif" | "gui" | "json" | "xyz";
  /**
   * @defaultValue `false`
   */
  steps?: boolean;
  _meta?: Meta;
}

/**
 * `text` is null if it has more than 1 MiB: it lies under `blob`.
 */
export interface ExportStructureResult {
  job_id: string;
  format: string;
  text: string | null;
  blob: string | null;
}

/**
 * What is looked for; all that is given must hold, and something must be given.
 *
 * `text` is understood by its form: `MgO` is a formula, `Mg-O` a chemical system,
 * `mp-1265` and `cod/1000041` are ids. `elements`: all of them are there, others may
 * be. `sources`: those alone; else the Materials Project, then OPTIMADE if it has
 * nothing or cannot be asked. `refresh`: ask, whatever is known already.
 */
export interface SearchMaterialsParams {
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  text?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  formula?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 118 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  elements?: string[];
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  chemical_system?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 100 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  material_ids?: string[];
  /**
   * At most 4000 characters.
   */
  optimade_filter?: string | null;
  /**
   * At most 20 entries.
   *
   * @defaultValue `[]`
   */
  bounds?: PropertyBound[];
  /**
   * At least 1, at most 500.
   *
   * @defaultValue `20`
   */
  limit?: number;
  /**
   * At most 3 entries.
   *
   * @defaultValue `[]`
   */
  sources?: ("mp" | "mpcontribs" | "optimade")[];
  /**
   * @defaultValue `false`
   */
  refresh?: boolean;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `120000`
   */
  wait_ms?: number;
  _meta?: Meta;
}

/**
 * Limits of a property, both included; null: open.
 *
 * `name`: band_gap_ev, energy_above_hull_ev_atom, formation_energy_ev_atom,
 * density_g_cm3, n_sites, n_elements or space_group.
 */
export interface PropertyBound {
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  name: string;
  least?: number | null;
  most?: number | null;
}

/**
 * `reports`: one of each source and provider, also of those that failed.
 */
export interface SearchMaterialsResult {
  query: MaterialQuery;
  materials: Material[];
  reports: SourceReport[];
}

/**
 * A question in its normal form; `formula` is reduced, by the alphabet: `O2Si`.
 */
export interface MaterialQuery {
  formula: string | null;
  elements: string[];
  chemical_system: string | null;
  material_ids: string[];
  optimade_filter: string | null;
  bounds: FoundBound[];
  limit: number;
}

export interface FoundBound {
  name: string;
  least: number | null;
  most: number | null;
}

/**
 * One entry of a database; `structure` is null in a list.
 *
 * `material_id` is what `fetch_material_details` takes.
 */
export interface Material {
  material_id: string;
  source: string;
  provider: string;
  formula: string;
  n_sites?: number | null;
  /**
   * @defaultValue `""`
   */
  space_group?: string;
  /**
   * @defaultValue `[]`
   */
  properties?: MaterialProperty[];
  structure?: SourcedStructure | null;
  /**
   * @defaultValue `""`
   */
  database_version?: string;
  /**
   * @defaultValue `""`
   */
  licence?: string;
  /**
   * @defaultValue `""`
   */
  citation?: string;
  /**
   * @defaultValue `""`
   */
  url?: string;
}

/**
 * A value of a database; `unit` is empty for a plain number or a word.
 *
 * `method`: how it was got (`PBE`, `experiment`), as far as the database says.
 */
export interface MaterialProperty {
  name: string;
  value: number | string | boolean;
  /**
   * @defaultValue `""`
   */
  unit?: string;
  /**
   * @defaultValue `""`
   */
  method?: string;
}

/**
 * `moments_ub`: µB, one an atom, or empty: not known. `charge`: e per cell.
 *
 * `partial`: a sentence for each site that one element does not occupy wholly.
 */
export interface SourcedStructure {
  structure: Structure;
  origin: Origin;
  /**
   * @defaultValue `[]`
   */
  moments_ub?: number[];
  /**
   * @defaultValue `0`
   */
  charge?: number;
  /**
   * @defaultValue `""`
   */
  title?: string;
  /**
   * @defaultValue `[]`
   */
  partial?: string[];
  /**
   * @defaultValue `[]`
   */
  may_move?: [boolean, boolean, boolean][];
}

/**
 * How one source, or one OPTIMADE provider, answered.
 *
 * `state`: answered, empty, failed or skipped; `message` says why. `kind` of a
 * failure: authentication, rate_limit, timeout, unreachable, server, unreadable,
 * refused, worker (ours: nothing is known of the source). `fetched_ms`: when the
 * answer was got. `is_stale`: it is older than it should be, and no newer one could
 * be got. `is_partial`: pages are missing.
 */
export interface SourceReport {
  source: string;
  provider: string;
  state: string;
  /**
   * @defaultValue `0`
   */
  n_materials?: number;
  /**
   * @defaultValue `""`
   */
  kind?: string;
  /**
   * @defaultValue `""`
   */
  message?: string;
  fetched_ms?: number | null;
  /**
   * @defaultValue `false`
   */
  is_cached?: boolean;
  /**
   * @defaultValue `false`
   */
  is_stale?: boolean;
  /**
   * @defaultValue `false`
   */
  is_partial?: boolean;
}

/**
 * A material by its id: `mp-1265`, or `provider/id`.
 *
 * `contributions`: with what MPContribs holds of it, where there is a key.
 */
export interface FetchMaterialDetailsParams {
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  material_id: string;
  /**
   * @defaultValue `true`
   */
  contributions?: boolean;
  /**
   * @defaultValue `false`
   */
  refresh?: boolean;
  /**
   * At least 0, at most 600000.
   *
   * @defaultValue `120000`
   */
  wait_ms?: number;
  _meta?: Meta;
}

export interface FetchMaterialDetailsResult {
  material: Material;
  contributions: Material[];
  reports: SourceReport[];
}

/**
 * A page of what is kept, the newest first.
 */
export interface FetchMaterialCacheParams {
  source?: ("mp" | "mpcontribs" | "optimade") | null;
  kind?: ("properties" | "search" | "structure") | null;
  /**
   * At least 1, at most 500.
   *
   * @defaultValue `50`
   */
  limit?: number;
  /**
   * At most 64 characters.
   */
  page?: string | null;
  _meta?: Meta;
}

export interface FetchMaterialCacheResult {
  answers: CachedAnswer[];
  sums: CacheSum[];
  health: SourceHealth[];
  next_page: string | null;
}

/**
 * What one source has answered to one question; `size` in bytes.
 */
export interface CachedAnswer {
  key: string;
  source: string;
  provider: string;
  kind: string;
  query: string;
  n_materials: number;
  size: number;
  fetched_ms: number;
  expires_ms: number;
  is_expired: boolean;
}

export interface CacheSum {
  source: string;
  kind: string;
  n_answers: number;
  n_expired: number;
  size: number;
  oldest_ms: number;
}

/**
 * A source whose last request failed; it is not asked before `paused_until_ms`.
 */
export interface SourceHealth {
  name: string;
  endpoint: string;
  n_failures: number;
  kind: string;
  message: string;
  failed_ms: number;
  paused_until_ms: number | null;
}

/**
 * Forget what meets all that is given; `all` if nothing else is.
 */
export interface PruneMaterialCacheParams {
  source?: ("mp" | "mpcontribs" | "optimade") | null;
  kind?: ("properties" | "search" | "structure") | null;
  /**
   * At least 0, at most 9007199254740992.
   */
  older_than_ms?: number | null;
  /**
   * @defaultValue `false`
   */
  all?: boolean;
  _meta?: Meta;
}

export interface PruneMaterialCacheResult {
  n_pruned: number;
  n_left: number;
}

export interface ExportMaterialCacheParams {
  source?: ("mp" | "mpcontribs" | "optimade") | null;
  kind?: ("properties" | "search" | "structure") | null;
  _meta?: Meta;
}

/**
 * JSON; above 1 MiB it lies under the sha256 `blob` (`get_blob`).
 */
export interface ExportMaterialCacheResult {
  n_answers: number;
  text: string | null;
  blob: string | null;
}

/**
 * Keep a structure in the library; `replace`: also if the name is taken.
 */
export interface ImportStructureParams {
  /**
   * at most 64 letters, digits and . _ + -, not a sign first
   */
  name: string;
  source: StructureSource;
  /**
   * At most 50 entries.
   *
   * @defaultValue `[]`
   */
  steps?: TransformStep[];
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  tags?: string[];
  /**
   * @defaultValue `false`
   */
  replace?: boolean;
  _meta?: Meta;
}

/**
 * Which structure is meant: exactly one of the first six is given.
 *
 * `text` or `blob` is a file's content, told apart by `format` or `file_name`.
 * `material`: an id (`mp-1265`, `provider/id`). `library`: a name there. `job_id`: the
 * last structure of a finished job.
 */
export interface StructureSource {
  /**
   * At most 1048576 characters.
   */
  text?: string | null;
  /**
   * a sha256: 64 digits 0-9 and a-f
   */
  blob?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  material?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  library?: string | null;
  /**
   * the number of a job
   */
  job_id?: string | null;
  atoms?: AtomsGiven | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  format?: string | null;
  /**
   * the name of a file, without a slash
   *
   * At most 200 characters.
   */
  file_name?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  block?: string | null;
}

/**
 * A structure in numbers: Cartesian, Å; `lattice_a`: a vector a direction.
 */
export interface AtomsGiven {
  lattice_a: [number, number, number][];
  atomic_numbers: number[];
  positions_a: [number, number, number][];
  /**
   * @defaultValue `[]`
   *
   * Items: At most 50 characters.
   */
  labels?: string[];
  /**
   * @defaultValue `[]`
   */
  moments_ub?: number[];
  /**
   * @defaultValue `0`
   */
  charge?: number;
  /**
   * @defaultValue `[]`
   */
  may_move?: [boolean, boolean, boolean][];
  /**
   * At most 10000 characters.
   *
   * @defaultValue `""`
   */
  title?: string;
  origin?: OriginGiven | null;
}

/**
 * The `Origin` of a structure that is sent on in numbers, as an answer had it.
 */
export interface OriginGiven {
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  kind: string;
  /**
   * At most 10000 characters.
   */
  name: string;
  /**
   * At most 10000 characters.
   *
   * @defaultValue `""`
   */
  source?: string;
  /**
   * At most 10000 characters.
   *
   * @defaultValue `""`
   */
  database_version?: string;
  /**
   * At most 10000 characters.
   *
   * @defaultValue `""`
   */
  licence?: string;
  /**
   * At most 10000 characters.
   *
   * @defaultValue `""`
   */
  citation?: string;
  /**
   * At most 10000 characters.
   *
   * @defaultValue `""`
   */
  url?: string;
  /**
   * a sha256: 64 digits 0-9 and a-f
   */
  sha256?: string | null;
  /**
   * @defaultValue `[]`
   *
   * Items: At most 10000 characters.
   */
  steps?: string[];
  /**
   * At least 1, at most 230.
   */
  space_group?: number | null;
}

/**
 * One change of a structure; `kind` says which fields count.
 *
 * supercell: `matrix`, 3 × 3 whole numbers, rows in units of the old vectors.
 * primitive, conventional: other vectors for the same atoms. standardised: the
 * conventional cell in its standard orientation, atoms on their exact sites; a shift
 * above 0.01 Å is refused unless `may_shift`.
 * slab: `miller` of the conventional cell, `layers` of atoms or `thickness_a`,
 * `termination` (which layer is the lowest, from 0), `vacuum_a` (null: a slab that
 * repeats in two directions).
 * strain: `matrix`, x → (1 + matrix) x. displace: `atoms` (from 1) by `vector_a`.
 * rattle: every atom at random, by `amplitude_a` at most, from `seed`.
 * vacancy: `atoms`, or one of `element`. substitute: `atoms`, or all of `element`, by
 * `new_element`. reduce: keep `dimension` directions, those without vacuum.
 * vacuum: three vectors, with `vacuum_a` where nothing repeats.
 */
export interface TransformStep {
  kind:
    | "conventional"
    | "displace"
    | "primitive"
    | "rattle"
    | "reduce"
    | "slab"
    | "standardised"
    | "strain"
    | "substitute"
    | "supercell"
    | "vacancy"
    | "vacuum";
  /**
   * At most 3 entries.
   *
   * @defaultValue `[]`
   */
  matrix?: [number, number, number][];
  /**
   * At most 1.
   *
   * More than 0.
   *
   * @defaultValue `0.01`
   */
  tolerance_a?: number;
  /**
   * @defaultValue `false`
   */
  may_shift?: boolean;
  miller?: [number, number, number] | null;
  /**
   * At least 1, at most 1000.
   */
  layers?: number | null;
  thickness_a?: number | null;
  /**
   * At least 0, at most 10000.
   *
   * @defaultValue `0`
   */
  termination?: number;
  vacuum_a?: number | null;
  /**
   * At most 20000 entries.
   *
   * @defaultValue `[]`
   *
   * Items: At least 1, at most 1000000.
   */
  atoms?: number[];
  vector_a?: [number, number, number] | null;
  amplitude_a?: number | null;
  /**
   * At least 0.
   *
   * Less than 9007199254740992.
   *
   * @defaultValue `0`
   */
  seed?: number;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  element?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  new_element?: string | null;
  /**
   * At least 0, at most 2.
   */
  dimension?: number | null;
}

export interface ImportStructureResult {
  structure: NamedStructure;
}

/**
 * A structure of the library, without its atoms; `created_ms` since 1970, UTC.
 */
export interface NamedStructure {
  name: string;
  formula: string;
  n_atoms: number;
  dimension: number;
  origin: Origin;
  tags: string[];
  created_ms: number;
}

export interface PreviewStructureParams {
  source: StructureSource;
  _meta?: Meta;
}

/**
 * `preview` is null if it has more than 1 MiB: it lies as JSON under `blob`.
 */
export interface PreviewStructureResult {
  preview: Preview | null;
  blob: string | null;
}

/**
 * A structure with what is seen of it before anything is computed.
 *
 * `formula`: Hill order, the whole cell; `reduced_formula` is of one of its
 * `n_units`. `bonded_dimension`: in how many directions bonds go on without end.
 * `symmetries`: at 0.001, 0.01 and 0.1 Å, where a group is found.
 */
export interface Preview {
  sourced: SourcedStructure;
  formula: string;
  reduced_formula: string;
  n_units: number;
  n_atoms: number;
  dimension: number;
  cell: [number, number, number, number, number, number] | null;
  volume_a3: number | null;
  area_a2: number | null;
  density_g_cm3: number | null;
  bonded_dimension: number | null;
  gaps: StructuresGap[];
  shortest: Contact | null;
  symmetries: Symmetry[];
  warnings: Warned[];
  looks: Look[];
}

/**
 * Empty space across a direction of the cell.
 */
export interface StructuresGap {
  direction: string;
  width_a: number;
}

/**
 * The shortest distance, of two atoms (from 1); `radii_a`: covalent, summed.
 */
export interface Contact {
  distance_a: number;
  first: number;
  second: number;
  radii_a: number;
}

/**
 * The group within a tolerance: a space group, layer group or point group.
 *
 * `number` is null of a point group, whose `symbol` is Schoenflies'.
 * `n_operators`: null if there is no end to them.
 * `largest_shift_a`: how far an atom is from its exact site at most; null: not known.
 */
export interface Symmetry {
  tolerance_a: number;
  kind: string;
  number: number | null;
  symbol: string;
  n_operators: number | null;
  largest_shift_a: number | null;
}

/**
 * Something that may be a mistake; `code` is stable.
 */
export interface Warned {
  code: string;
  message: string;
  /**
   * @defaultValue `""`
   */
  fix?: string;
}

/**
 * How an element is drawn: Jmol's colour, its covalent radius in Å.
 */
export interface Look {
  atomic_number: number;
  symbol: string;
  colour: string;
  radius_a: number;
  count: number;
}

/**
 * Change a structure, step by step.
 */
export interface TransformStructureParams {
  source: StructureSource;
  /**
   * At most 50 entries.
   */
  steps: TransformStep[];
  _meta?: Meta;
}

/**
 * `transformed` is null if it has more than 1 MiB: it lies as JSON under `blob`.
 */
export interface TransformStructureResult {
  transformed: Transformed | null;
  blob: string | null;
}

/**
 * What came of the steps; `notes`: what is to be said of each, as its symmetry.
 */
export interface Transformed {
  sourced: SourcedStructure;
  /**
   * @defaultValue `[]`
   */
  notes?: string[];
}

/**
 * Write a structure, after `steps`, in a format.
 *
 * `symmetry`: with operators and irreducible atoms only, within `tolerance_a` (cif,
 * gui; a d12 always); a shift above 0.01 Å is refused unless `may_shift`.
 */
export interface ConvertStructureParams {
  source: StructureSource;
  format: "ase" | "cif" | "d12" | "gui" | "json" | "poscar" | "pw" | "pymatgen" | "xyz";
  /**
   * At most 50 entries.
   *
   * @defaultValue `[]`
   */
  steps?: TransformStep[];
  /**
   * @defaultValue `false`
   */
  symmetry?: boolean;
  /**
   * At most 1.
   *
   * More than 0.
   *
   * @defaultValue `0.01`
   */
  tolerance_a?: number;
  /**
   * @defaultValue `false`
   */
  may_shift?: boolean;
  _meta?: Meta;
}

/**
 * `text` is null if it has more than 1 MiB: it lies under `blob`.
 */
export interface ConvertStructureResult {
  format: string;
  text: string | null;
  blob: string | null;
  /**
   * @defaultValue `[]`
   */
  notes?: string[];
}

export interface DrawStructureParams {
  source: StructureSource;
  /**
   * At most 50 entries.
   *
   * @defaultValue `[]`
   */
  steps?: TransformStep[];
  _meta?: Meta;
}

/**
 * A picture (PNG), stored under its sha256: `get_blob` returns it.
 */
export interface DrawStructureResult {
  blob: string;
  size: number;
}

/**
 * The structures of the library, or those with a tag.
 */
export interface FetchStructuresParams {
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  tag?: string | null;
  _meta?: Meta;
}

export interface FetchStructuresResult {
  structures: NamedStructure[];
}

export interface DeleteStructureParams {
  /**
   * at most 64 letters, digits and . _ + -, not a sign first
   */
  name: string;
  _meta?: Meta;
}

export interface DeleteStructureResult {
  name: string;
}

/**
 * INCAR, KPOINTS, POSCAR and POTCAR.spec, of which POTCAR is made where it runs.
 */
export interface GenerateVaspInputsParams {
  structure: StructureSource;
  /**
   * at most 100 letters, digits and . _ + -, not a sign first
   */
  name?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  force?: string[];
  options?: VaspOptions;
  _meta?: Meta;
}

/**
 * Options of INCAR, KPOINTS, POSCAR and of what POTCAR is to be.
 */
export interface VaspOptions {
  /**
   * fast, moderate or precise.
   *
   * At most 1000 characters.
   *
   * @defaultValue `"moderate"`
   */
  preset?: string;
  /**
   * static, relax, vc-relax, bands, dos or convergence.
   *
   * At most 1000 characters.
   *
   * @defaultValue `"static"`
   */
  task?: string;
  /**
   * One of pymatgen's sets: MPRelaxSet, MPStaticSet …
   *
   * At most 1000 characters.
   */
  input_set?: string | null;
  /**
   * LDA, PBE, PBEsol, SCAN, r2SCAN, PBE0, HSE06 …
   *
   * At most 1000 characters.
   *
   * @defaultValue `"PBE"`
   */
  functional?: string;
  /**
   * D2, D3, D3BJ, D4, TS or MBD.
   *
   * At most 1000 characters.
   */
  dispersion?: string | null;
  /**
   * Which library of POTCARs, as PBE_54.
   *
   * At most 1000 characters.
   */
  potcar_functional?: string | null;
  /**
   * Element → Ti_pv.
   *
   * @defaultValue `{}`
   */
  potcar_symbols?: {
    /**
     * At most 1000 characters.
     */
    [k: string]: string;
  };

  /**
   * Symbol → sum of its file, checked where it runs.
   *
   * @defaultValue `{}`
   */
  potcar_sha256?: {
    /**
     * At most 1000 characters.
     */
    [k: string]: string;
  };

  /**
   * Symbol → ENMAX of its dataset, eV.
   *
   * @defaultValue `{}`
   */
  enmax_ev?: {
    [k: string]: number;
  };

  /**
   * Symbol → electrons of its dataset.
   *
   * @defaultValue `{}`
   */
  valence_electrons?: {
    [k: string]: number;
  };

  /**
   * Where your POTCARs are on this machine; ENMAX and ZVAL are read there.
   *
   * @defaultValue `[]`
   *
   * Items: At most 1000 characters.
   */
  potcar_libraries?: string[];
  /**
   * Write the sums of those files: for a job that runs here.
   *
   * @defaultValue `false`
   */
  wants_potcar_sums?: boolean;
  /**
   * ENCUT, eV.
   */
  encut_ev?: number | null;
  /**
   * K-points, three numbers.
   */
  mesh?: [number, number, number] | null;
  /**
   * Largest distance of k-points, 1/Å with 2π.
   */
  k_spacing_per_a?: number | null;
  /**
   * Lines of labels and points of bands, as JSON.
   *
   * @defaultValue `[]`
   */
  k_path?: [string, [number, number, number]][][];
  /**
   * Smearing for a metal.
   */
  is_metal?: boolean | null;
  /**
   * Else if there are moments.
   */
  is_magnetic?: boolean | null;
  /**
   * One an atom, µB.
   *
   * @defaultValue `[]`
   */
  moments_ub?: number[];
  /**
   * Element → moment, µB.
   *
   * @defaultValue `{}`
   */
  element_moments_ub?: {
    [k: string]: number;
  };

  /**
   * Element → l, U and J in eV, as Fe=2,4.0,0.
   *
   * @defaultValue `{}`
   */
  hubbard?: {
    [k: string]: Hubbard;
  };

  /**
   * Charge of the cell, e.
   */
  charge?: number | null;
  /**
   * Å between images where nothing repeats.
   *
   * @defaultValue `15`
   */
  vacuum_a?: number;
  /**
   * primitive (the standard one) or as_given.
   *
   * At most 1000 characters.
   *
   * @defaultValue `"primitive"`
   */
  cell?: string;
  /**
   * Å, for finding the group.
   *
   * @defaultValue `0.01`
   */
  tolerance_a?: number;
  /**
   * Tags instead of ours.
   *
   * @defaultValue `{}`
   */
  incar?: {
    [k: string]: boolean | number | string | number[];
  };
}

/**
 * U and J in eV for the shell `l` (0 to 3) of an element.
 */
export interface Hubbard {
  l: number;
  u_ev: number;
  /**
   * @defaultValue `0`
   */
  j_ev?: number;
}

/**
 * Files of an input, and how they came to be.
 *
 * `settings`: every value that was used, with units in the names. If a finding is an
 * error that was not forced there are no files, and `provenance` is null;
 * `may_be_forced`: whether there would be some if all errors were forced.
 */
export interface GenerateInputResult {
  code: string;
  program: string;
  files: GeneratedFile[];
  settings: {
    [k: string]: unknown;
  };

  findings: InputFinding[];
  references: string[];
  provenance: Provenance | null;
  /**
   * @defaultValue `true`
   */
  may_be_forced?: boolean;
}

/**
 * A file of an input, UTF-8.
 */
export interface GeneratedFile {
  name: string;
  text: string;
}

/**
 * `code` is what `force` names; `severity`: error, warning or note.
 *
 * Lines and columns (characters) count from 1; the end is the first one behind.
 */
export interface InputFinding {
  code: string;
  severity: string;
  message: string;
  /**
   * @defaultValue `""`
   */
  fix?: string;
  /**
   * @defaultValue `""`
   */
  file?: string;
  line?: number | null;
  column?: number | null;
  end_line?: number | null;
  end_column?: number | null;
  /**
   * @defaultValue `""`
   */
  source?: string;
}

/**
 * An input of `properties` for the wavefunction of a run.
 *
 * `structure` is that run's deck: the `text` of a `.d12`, or a `job_id`. `gui`: what
 * the deck's EXTERNAL reads.
 */
export interface GeneratePropertiesInputParams {
  structure: StructureSource;
  /**
   * at most 100 letters, digits and . _ + -, not a sign first
   */
  name?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  force?: string[];
  /**
   * At most 1048576 characters.
   */
  gui?: string | null;
  options?: PropertiesOptions;
  _meta?: Meta;
}

/**
 * Options of a `.d3`; the deck chooses what is not given. Bands count from 1.
 */
export interface PropertiesOptions {
  /**
   * bands, density_of_states, charge_density.
   *
   * @defaultValue `["bands"]`
   *
   * Items: At most 1000 characters.
   */
  kinds?: string[];
  /**
   * Labels of the lattice's standard path.
   *
   * @defaultValue `[]`
   *
   * Items: At most 1000 characters.
   */
  path?: string[];
  /**
   * Points of all lines together.
   *
   * @defaultValue `200`
   */
  n_band_points?: number;
  /**
   * Lowest band.
   */
  first_band?: number | null;
  /**
   * Highest band.
   */
  last_band?: number | null;
  /**
   * Mesh of the density of states; else twice the deck's.
   *
   * @defaultValue `[]`
   */
  shrink?: number[];
  /**
   * Energies of the density of states.
   *
   * @defaultValue `1000`
   */
  n_energies?: number;
  /**
   * element, or none.
   *
   * At most 1000 characters.
   *
   * @defaultValue `"element"`
   */
  projections?: string;
  /**
   * Three points of a plane, Å, as JSON.
   *
   * @defaultValue `[]`
   */
  plane_a?: [number, number, number][];
  /**
   * Three atoms of a plane, as CRYSTAL counts.
   *
   * @defaultValue `[]`
   */
  plane_atoms?: number[];
  /**
   * Around the points of the plane, Å.
   *
   * @defaultValue `1.5`
   */
  margin_a?: number;
  /**
   * Points along the plane's side.
   *
   * @defaultValue `100`
   */
  n_plane_points?: number;
}

/**
 * A deck of CRYSTAL, with a `.gui` beside it if that is asked for.
 */
export interface GenerateCrystalInputParams {
  structure: StructureSource;
  /**
   * at most 100 letters, digits and . _ + -, not a sign first
   */
  name?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  force?: string[];
  options?: CrystalOptions;
  _meta?: Meta;
}

/**
 * Options of a `.d12`; the preset and the structure choose what is not given.
 *
 * Atoms are counted from 1 in the order of the structure. An option that the task
 * has no use for is refused.
 */
export interface CrystalOptions {
  /**
   * PBE, B3LYP, HSE06 …, EXCHANGE/CORRELATION, HF, or a 3c method.
   *
   * At most 1000 characters.
   *
   * @defaultValue `"PBE"`
   */
  functional?: string;
  /**
   * Share of exact exchange, per cent.
   */
  hybrid_percent?: number | null;
  /**
   * D3, or nothing.
   *
   * At most 1000 characters.
   *
   * @defaultValue `""`
   */
  dispersion?: string;
  /**
   * fast, moderate or precise.
   *
   * At most 1000 characters.
   *
   * @defaultValue `"moderate"`
   */
  preset?: string;
  /**
   * single_point, optimisation, frequencies, equation_of_state or elastic_constants.
   *
   * At most 1000 characters.
   *
   * @defaultValue `"single_point"`
   */
  task?: string;
  /**
   * First line of the deck; else formula and method.
   *
   * At most 1000 characters.
   *
   * @defaultValue `""`
   */
  title?: string;
  /**
   * A set of the Basis Set Exchange, or of CRYSTAL.
   *
   * At most 1000 characters.
   *
   * @defaultValue `""`
   */
  basis?: string;
  /**
   * explicit: the shells are written; library: by name in CRYSTAL.
   *
   * At most 1000 characters.
   *
   * @defaultValue `"explicit"`
   */
  basis_form?: string;
  /**
   * Symbol → set, for single elements.
   *
   * @defaultValue `{}`
   */
  basis_by_element?: {
    /**
     * At most 1000 characters.
     */
    [k: string]: string;
  };

  /**
   * Symbol → shells as CRYSTAL reads them.
   *
   * @defaultValue `{}`
   */
  basis_text_by_element?: {
    /**
     * At most 65536 characters.
     */
    [k: string]: string;
  };

  /**
   * Number of an atom → set, for single atoms.
   *
   * @defaultValue `{}`
   */
  second_basis?: {
    /**
     * At most 1000 characters.
     */
    [k: string]: string;
  };

  /**
   * Atoms that are basis functions only.
   *
   * @defaultValue `[]`
   */
  ghosts?: number[];
  /**
   * Charge of the cell, e.
   */
  charge_e?: number | null;
  /**
   * SHRINK's IS, or three factors.
   *
   * @defaultValue `[]`
   */
  shrink?: number[];
  /**
   * SHRINK's ISP.
   */
  shrink_gilat?: number | null;
  /**
   * Largest distance of k-points, 1/Å without 2π.
   */
  k_spacing_inv_a?: number | null;
  /**
   * A denser mesh; needs smear_hartree.
   *
   * @defaultValue `false`
   */
  is_metal?: boolean;
  /**
   * Width of the occupations, hartree.
   */
  smear_hartree?: number | null;
  /**
   * TOLINTEG: five exponents.
   *
   * @defaultValue `[]`
   */
  tolinteg?: number[];
  /**
   * TOLDEE of the SCF: an exponent.
   */
  toldee?: number | null;
  /**
   * MAXCYCLE of the SCF.
   */
  max_cycles?: number | null;
  /**
   * FMIXING, per cent.
   */
  fmixing_percent?: number | null;
  /**
   * LEVSHIFT: 0.1 hartree, and 1 to lock the state.
   */
  level_shift?: [number, number] | null;
  /**
   * Grid of the functional: XLGRID, XXLGRID …
   *
   * At most 1000 characters.
   *
   * @defaultValue `""`
   */
  grid?: string;
  /**
   * Else if the structure has moments.
   */
  is_spin_polarised?: boolean | null;
  /**
   * Number of an atom → 1, -1 or 0, in place of the moments.
   *
   * @defaultValue `{}`
   */
  atom_spins?: {
    [k: string]: number;
  };

  /**
   * SPINLOCK: α minus β electrons, and cycles.
   */
  spin_lock?: [number, number] | null;
  /**
   * FULLOPTG, ATOMONLY, CELLONLY, CVOLOPT, ITATOCEL or INTREDUN.
   *
   * At most 1000 characters.
   *
   * @defaultValue `""`
   */
  optimise?: string;
  /**
   * TOLDEE of the optimiser.
   */
  optimiser_toldee?: number | null;
  /**
   * MAXCYCLE of the optimiser.
   */
  optimiser_max_cycles?: number | null;
  /**
   * TOLDEG: RMS gradient, hartree/bohr.
   */
  optimiser_toldeg?: number | null;
  /**
   * TOLDEX: RMS displacement, bohr.
   */
  optimiser_toldex?: number | null;
  /**
   * INTENS, with frequencies.
   */
  has_intensities?: boolean | null;
  /**
   * PREOPTGEOM.
   */
  is_optimised_first?: boolean | null;
  /**
   * SCELPHONO: multiples of the vectors, or a matrix.
   *
   * @defaultValue `[]`
   */
  phonon_supercell?: number[];
  /**
   * How many, the first and the last, K.
   */
  temperatures_k?: [number, number, number] | null;
  /**
   * Volumes, in units of the present one.
   */
  eos_range?: [number, number] | null;
  /**
   * Volumes of the equation of state.
   */
  eos_points?: number | null;
  /**
   * Size of a strain.
   */
  elastic_step?: number | null;
  /**
   * Points for a strain.
   */
  elastic_points?: number | null;
  /**
   * Å, for finding the group.
   *
   * @defaultValue `0.01`
   */
  symmetry_tolerance_a?: number;
  /**
   * Atoms may move by more than 0.01 Å to the group's places.
   *
   * @defaultValue `false`
   */
  may_shift?: boolean;
  /**
   * Else group 1 and every atom.
   *
   * @defaultValue `true`
   */
  wants_symmetry?: boolean;
  /**
   * EXTERNAL and a .gui beside.
   *
   * @defaultValue `false`
   */
  wants_external?: boolean;
  /**
   * The rhombohedral cell instead of the hexagonal one.
   *
   * @defaultValue `false`
   */
  wants_rhombohedral?: boolean;
  /**
   * Block (geometry, optgeom, freqcalc, basis, dft, scf …) → records.
   *
   * @defaultValue `{}`
   */
  extra?: {
    /**
     * Items: At most 1000 characters.
     */
    [k: string]: string[];
  };
}

/**
 * Inputs of pw.x; bands and nscf get the scf before them as a first file.
 */
export interface GenerateEspressoInputParams {
  structure: StructureSource;
  /**
   * at most 100 letters, digits and . _ + -, not a sign first
   */
  name?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  force?: string[];
  options?: EspressoOptions;
  _meta?: Meta;
}

/**
 * Options of pw.x; preset, structure and library choose what is not given.
 */
export interface EspressoOptions {
  /**
   * fast, moderate or precise.
   *
   * At most 1000 characters.
   *
   * @defaultValue `"moderate"`
   */
  preset?: string;
  /**
   * scf, relax, vc-relax, nscf or bands.
   *
   * At most 1000 characters.
   *
   * @defaultValue `"scf"`
   */
  task?: string;
  /**
   * Which pseudopotentials: PBE, PBEsol, LDA …
   *
   * At most 1000 characters.
   */
  functional?: string | null;
  /**
   * A functional in place of theirs.
   *
   * At most 1000 characters.
   */
  input_dft?: string | null;
  /**
   * Element → name of a file of the library.
   *
   * @defaultValue `{}`
   */
  pseudopotentials?: {
    /**
     * At most 1000 characters.
     */
    [k: string]: string;
  };

  /**
   * The library; else that of the settings.
   *
   * At most 1000 characters.
   */
  pseudo_dir?: string | null;
  /**
   * ecutwfc, Ry.
   */
  cutoff_ry?: number | null;
  /**
   * ecutrho, Ry.
   */
  density_cutoff_ry?: number | null;
  /**
   * K-points, three numbers.
   */
  mesh?: [number, number, number] | null;
  /**
   * Largest distance of k-points, 1/Å with 2π.
   */
  k_spacing_per_a?: number | null;
  /**
   * Γ alone, with its tricks.
   *
   * @defaultValue `false`
   */
  is_gamma_only?: boolean;
  /**
   * Lines of labels and points of bands, as JSON.
   *
   * @defaultValue `[]`
   */
  k_path?: [string, [number, number, number]][][];
  /**
   * fixed, smearing, tetrahedra or tetrahedra_opt.
   *
   * At most 1000 characters.
   */
  occupations?: string | null;
  /**
   * cold, gaussian, mp or fd.
   *
   * At most 1000 characters.
   */
  smearing?: string | null;
  /**
   * degauss, Ry.
   */
  smearing_width_ry?: number | null;
  /**
   * Else if there are moments.
   */
  is_magnetic?: boolean | null;
  /**
   * One an atom, µB.
   *
   * @defaultValue `[]`
   */
  moments_ub?: number[];
  /**
   * Element → moment, µB.
   *
   * @defaultValue `{}`
   */
  element_moments_ub?: {
    [k: string]: number;
  };

  /**
   * tot_charge, e.
   */
  charge?: number | null;
  /**
   * grimme-d2, grimme-d3, ts-vdw, mbd or xdm.
   *
   * At most 1000 characters.
   */
  dispersion?: string | null;
  /**
   * makov-payne, martyna-tuckerman, esm or 2D.
   *
   * At most 1000 characters.
   */
  assume_isolated?: string | null;
  /**
   * Å between images where nothing repeats.
   *
   * @defaultValue `12`
   */
  vacuum_a?: number;
  /**
   * primitive (the standard one) or as_given.
   *
   * At most 1000 characters.
   *
   * @defaultValue `"primitive"`
   */
  cell?: string;
  /**
   * Å, for finding the group.
   *
   * @defaultValue `0.01`
   */
  tolerance_a?: number;
  /**
   * electron_maxstep.
   *
   * @defaultValue `100`
   */
  max_cycles?: number;
  /**
   * nbnd.
   */
  n_bands?: number | null;
  /**
   * Name of the files in outdir.
   *
   * At most 1000 characters.
   */
  prefix?: string | null;
  /**
   * Namelist → name → value, instead of ours: system.nosym=true.
   *
   * @defaultValue `{}`
   */
  extra?: {
    [k: string]: {
      [k: string]: boolean | number | string;
    };
  };
}

/**
 * Files that belong together; without `code` each name tells whose it is.
 *
 * `deep`: work out what the input means as well, symmetry included.
 */
export interface ValidateInputsParams {
  /**
   * At least 1, at most 50 entries.
   */
  files: FileGiven[];
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  code?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  program?: string | null;
  /**
   * @defaultValue `true`
   */
  deep?: boolean;
  _meta?: Meta;
}

/**
 * A file by its name and its text.
 */
export interface FileGiven {
  /**
   * the name of a file, without a slash
   *
   * At most 200 characters.
   */
  name: string;
  /**
   * At most 1048576 characters.
   */
  text: string;
}

/**
 * What was found, file by file; without an error `submit_job` takes them.
 */
export interface ValidateInputsResult {
  findings: InputFinding[];
}

/**
 * All templates, those of one code, or those with a tag.
 */
export interface ListTemplatesParams {
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  code?: string | null;
  /**
   * one line of text that is not empty
   *
   * At most 200 characters.
   */
  tag?: string | null;
  _meta?: Meta;
}

/**
 * By name; `directory` is where templates of the user are looked for.
 */
export interface ListTemplatesResult {
  templates: TemplateInfo[];
  directory: string;
}

/**
 * A template. `generator`: the method that makes its input of a structure.
 *
 * `problem` says why it cannot be used.
 */
export interface TemplateInfo {
  name: string;
  version: string;
  description: string;
  author: string;
  tags: string[];
  code: string;
  generator: string | null;
  file_name: string;
  parameters: TemplateParameter[];
  origin: string;
  problem: string;
}

/**
 * A value that a template asks for.
 *
 * `type`: string, integer, float, boolean, select, multiselect or file. `min` and
 * `max` bound a number, the length of a text or the count of a choice; `depends_on`:
 * what other parameters must be for this one to count.
 */
export interface TemplateParameter {
  name: string;
  type: string;
  /**
   * @defaultValue `""`
   */
  description?: string;
  /**
   * @defaultValue `""`
   */
  unit?: string;
  default?: unknown;
  /**
   * @defaultValue `false`
   */
  required?: boolean;
  min?: number | null;
  max?: number | null;
  /**
   * @defaultValue `[]`
   */
  options?: unknown[];
  /**
   * @defaultValue `{}`
   */
  depends_on?: {
    [k: string]: unknown;
  };
}

/**
 * Fill a template; a template with a generator needs a structure.
 */
export interface RenderTemplateParams {
  /**
   * At most 200 characters.
   */
  template: string;
  /**
   * @defaultValue `{}`
   */
  values?: {
    [k: string]: unknown;
  };

  structure?: StructureSource | null;
  /**
   * at most 100 letters, digits and . _ + -, not a sign first
   */
  name?: string | null;
  /**
   * Each: one line of text that is not empty
   *
   * At most 50 entries.
   *
   * @defaultValue `[]`
   *
   * Items: one line of text that is not empty
   *
   * At most 200 characters.
   */
  force?: string[];
  _meta?: Meta;
}

/**
 * As `DocumentParams`. `deep` applies the symmetry too, which takes longer.
 */
export interface CheckDocumentParams {
  /**
   * a text of at most 786432 characters
   */
  text: string;
  /**
   * the name of a file, without a slash
   *
   * At most 200 characters.
   */
  name?: string | null;
  language?:
    | (
        | "crystal"
        | "crystal-properties"
        | "incar"
        | "kpoints"
        | "poscar"
        | "potcar"
        | "pwscf"
      )
    | null;
  /**
   * At most 1000 entries.
   *
   * @defaultValue `[]`
   */
  companions?: Companion[];
  /**
   * @defaultValue `false`
   */
  deep?: boolean;
  _meta?: Meta;
}

/**
 * A file beside the document; `text` if it is small and a text.
 */
export interface Companion {
  /**
   * the name of a file, without a slash
   *
   * At most 200 characters.
   */
  name: string;
  /**
   * a text of at most 786432 characters
   */
  text?: string | null;
}

/**
 * `language`: what the text was taken for; null: no input that is known.
 */
export interface CheckDocumentResult {
  language: string | null;
  diagnostics: Diagnostic[];
}

/**
 * A finding in a document. Its end is always known where its line is.
 */
export interface Diagnostic {
  code: string;
  severity: string;
  message: string;
  /**
   * @defaultValue `""`
   */
  fix?: string;
  /**
   * @defaultValue `""`
   */
  file?: string;
  line?: number | null;
  column?: number | null;
  end_line?: number | null;
  end_column?: number | null;
  /**
   * @defaultValue `""`
   */
  source?: string;
  /**
   * @defaultValue `[]`
   */
  related?: RelatedPlace[];
  /**
   * @defaultValue `[]`
   */
  fixes?: Fix[];
}

/**
 * Another place that a finding is about.
 */
export interface RelatedPlace {
  line: number;
  column: number;
  end_line: number;
  end_column: number;
  message: string;
}

/**
 * A change that takes a finding away; all of its edits or none.
 */
export interface Fix {
  title: string;
  edits: TextEdit[];
}

/**
 * What stands instead of a range.
 */
export interface TextEdit {
  line: number;
  column: number;
  end_line: number;
  end_column: number;
  new_text: string;
}

/**
 * As `DocumentParams`, and where the cursor stands: before this character.
 */
export interface PositionParams {
  /**
   * a text of at most 786432 characters
   */
  text: string;
  /**
   * At least 1, at most 2147483648.
   */
  line: number;
  /**
   * At least 1, at most 2147483648.
   */
  column: number;
  /**
   * the name of a file, without a slash
   *
   * At most 200 characters.
   */
  name?: string | null;
  language?:
    | (
        | "crystal"
        | "crystal-properties"
        | "incar"
        | "kpoints"
        | "poscar"
        | "potcar"
        | "pwscf"
      )
    | null;
  /**
   * At most 1000 entries.
   *
   * @defaultValue `[]`
   */
  companions?: Companion[];
  _meta?: Meta;
}

/**
 * `is_incomplete`: there are more; ask again when more was typed.
 */
export interface CompleteDocumentResult {
  language: string | null;
  items: CompletionItem[];
  /**
   * @defaultValue `false`
   */
  is_incomplete?: boolean;
}

/**
 * Something that may stand at the cursor.
 *
 * `kind`: keyword, block, end, value, function, snippet or file. `insert` stands for
 * the text of `range`: in it `${1:text}` are places to fill in, and `$`, `}` and a
 * backslash that mean themselves follow a backslash. `sort` orders.
 */
export interface CompletionItem {
  label: string;
  kind: string;
  insert: string;
  range: Range;
  sort: string;
  /**
   * @defaultValue `""`
   */
  detail?: string;
  /**
   * @defaultValue `""`
   */
  documentation?: string;
}

/**
 * From a character to the first one behind.
 */
export interface Range {
  line: number;
  column: number;
  end_line: number;
  end_column: number;
}

/**
 * `markdown` is null if nothing is known about what stands there.
 */
export interface HoverDocumentResult {
  language: string | null;
  markdown: string | null;
  range: Range | null;
}

/**
 * A text as it stands in the editor, not as it was saved.
 *
 * `name` is the file's name, without its directory. Without `language` it decides, or
 * the text does. Lines end with LF or CRLF; lines and columns (in characters, not
 * bytes and not UTF-16 units) count from 1 everywhere.
 */
export interface DocumentParams {
  /**
   * a text of at most 786432 characters
   */
  text: string;
  /**
   * the name of a file, without a slash
   *
   * At most 200 characters.
   */
  name?: string | null;
  language?:
    | (
        | "crystal"
        | "crystal-properties"
        | "incar"
        | "kpoints"
        | "poscar"
        | "potcar"
        | "pwscf"
      )
    | null;
  /**
   * At most 1000 entries.
   *
   * @defaultValue `[]`
   */
  companions?: Companion[];
  _meta?: Meta;
}

/**
 * The parts of a document as a tree.
 */
export interface DocumentSymbolsResult {
  language: string | null;
  symbols: DocumentSymbol[];
}

/**
 * A part of a document: `range` is all of it, `selection` its name.
 *
 * `kind`: title, geometry, cell, atoms, block, basis, shell, keyword, namelist, card,
 * tag, lattice or points.
 */
export interface DocumentSymbol {
  name: string;
  kind: string;
  range: Range;
  selection: Range;
  /**
   * @defaultValue `""`
   */
  detail?: string;
  /**
   * @defaultValue `[]`
   */
  children?: DocumentSymbol[];
}

/**
 * The words of a document, in order and without overlap.
 */
export interface DocumentTokensResult {
  language: string | null;
  tokens: Token[];
}

/**
 * A word; `kind`: keyword, block, end, title, number, string, property, comment.
 */
export interface Token {
  line: number;
  column: number;
  length: number;
  kind: string;
}

/**
 * Edits that align the text: whole lines, from top to bottom; none: it is well.
 */
export interface FormatDocumentResult {
  language: string | null;
  edits: TextEdit[];
}

/**
 * The blocks of a document, outer ones first.
 */
export interface FoldingRangesResult {
  language: string | null;
  folds: FoldingRange[];
}

/**
 * Lines that can be folded into the first one; `end_line` is among them.
 */
export interface FoldingRange {
  line: number;
  end_line: number;
}

/**
 * What the daemon sends to those who subscribed.
 */
export interface Notifications {
  events: EventsNotification;
  subscription_ended: SubscriptionEndedNotification;
}

/**
 * The parameters of the notification `events` that a subscriber receives.
 */
export interface EventsNotification {
  subscription: string;
  events: Event[];
  cursor: string;
}

/**
 * The parameters of `subscription_ended`: nothing more comes of it.
 *
 * Fetch the jobs again and follow from the cursor that comes with them.
 */
export interface SubscriptionEndedNotification {
  subscription: string;
  kind: string;
  message: string;
  oldest: string;
}
