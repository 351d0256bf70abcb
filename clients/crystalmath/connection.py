"""A blocking connection to the daemon with one typed method a call."""

from crystalmath import (
    blob_calls,
    calls,
    cluster_calls,
    document_calls,
    input_calls,
    material_calls,
    result_calls,
    structure_calls,
)
from crystalmath.calls import TERMINAL_STATES
from crystalmath.exchange import Exchange, blocking, blocking_flow

__all__ = ["TERMINAL_STATES", "Connection"]


class Connection(Exchange):
    """An open connection; the daemon is started if none runs.

    A call that loses its connection is sent once more when the daemon is back;
    submissions carry a token, so that none is made twice.

    Parameters
    ----------
    socket : path of the daemon's socket; by default where it always is.
    start : start the daemon if none runs.
    greets : agree on the protocol version first (one round trip).
    timeout_s : how long one answer may take, beside the wait that was asked for.

    Raises
    ------
    DaemonUnreachableError
        From here and from every method.
    RpcError
        From every method: the daemon refused.
    ConnectionClosedError
        From every method, after `close` or the end of the `with`.

    Examples
    --------
    >>> from crystalmath import Connection
    >>> with Connection() as daemon:
    ...     job_id = daemon.submit_job(inputs=["mgo.d12"]).jobs[0].job_id
    ...     job = daemon.wait(job_id)
    >>> print(job.energy_ev, "eV per cell,", job.grade)
    """

    hello = blocking(calls.hello)
    ping = blocking(calls.ping)
    discover = blocking(calls.discover)
    describe = blocking(calls.describe)
    status = blocking(calls.status)
    doctor = blocking(calls.doctor)
    shutdown = blocking(calls.shutdown)
    metrics = blocking(calls.metrics)
    dump_tasks = blocking(calls.dump_tasks)
    restrict_session = blocking(calls.restrict_session)
    back_up = blocking(calls.back_up)

    submit_job = blocking(calls.submit_job)
    explain_job = blocking(calls.explain_job)
    fetch_jobs = blocking(calls.fetch_jobs)
    get_job_details = blocking_flow(calls.get_job_details)
    fetch_job_log = blocking(calls.fetch_job_log)
    fetch_job_progress = blocking(calls.fetch_job_progress)
    cancel_job = blocking(calls.cancel_job)
    wait = blocking_flow(calls.wait)

    hold_job = blocking(calls.hold_job)
    release_job = blocking(calls.release_job)
    set_priority = blocking(calls.set_priority)
    retry_job = blocking(calls.retry_job)
    clone_job = blocking(calls.clone_job)
    restart_job = blocking(calls.restart_job)
    delete_job = blocking(calls.delete_job)
    collect_job = blocking(calls.collect_job)
    resolve_job = blocking(calls.resolve_job)
    why_job = blocking(calls.why_job)

    create_cluster = blocking(cluster_calls.create_cluster)
    update_cluster = blocking(cluster_calls.update_cluster)
    delete_cluster = blocking(cluster_calls.delete_cluster)
    fetch_clusters = blocking(cluster_calls.fetch_clusters)
    get_cluster = blocking_flow(cluster_calls.get_cluster)
    test_cluster_connection = blocking(cluster_calls.test_cluster_connection)
    pause_cluster = blocking(cluster_calls.pause_cluster)
    resume_cluster = blocking(cluster_calls.resume_cluster)
    trust_host_key = blocking(cluster_calls.trust_host_key)
    store_secret = blocking(cluster_calls.store_secret)
    forget_secret = blocking(cluster_calls.forget_secret)

    fetch_slurm_queue = blocking(cluster_calls.fetch_slurm_queue)
    cancel_slurm_job = blocking(cluster_calls.cancel_slurm_job)
    sync_remote_jobs = blocking(cluster_calls.sync_remote_jobs)
    clean_job = blocking(cluster_calls.clean_job)
    fetch_file = blocking_flow(cluster_calls.fetch_file)

    parse_output = blocking_flow(result_calls.parse_output)
    diagnose_job = blocking(result_calls.diagnose_job)
    diagnose_path = blocking(result_calls.diagnose_path)
    adopt_directory = blocking(result_calls.adopt_directory)
    query_results = blocking(result_calls.query_results)
    diff_jobs = blocking(result_calls.diff_jobs)
    fetch_job_series = blocking_flow(result_calls.fetch_job_series)
    draw_job = blocking_flow(result_calls.draw_job)
    export_structure = blocking_flow(result_calls.export_structure)

    generate_crystal_input = blocking(input_calls.generate_crystal_input)
    generate_properties_input = blocking(input_calls.generate_properties_input)
    generate_vasp_inputs = blocking(input_calls.generate_vasp_inputs)
    generate_espresso_input = blocking(input_calls.generate_espresso_input)
    validate_inputs = blocking(input_calls.validate_inputs)
    list_templates = blocking(input_calls.list_templates)
    render_template = blocking(input_calls.render_template)
    search_materials = blocking(material_calls.search_materials)
    fetch_material_details = blocking(material_calls.fetch_material_details)
    fetch_material_cache = blocking(material_calls.fetch_material_cache)
    prune_material_cache = blocking(material_calls.prune_material_cache)
    export_material_cache = blocking_flow(material_calls.export_material_cache)
    import_structure = blocking(structure_calls.import_structure)
    preview_structure = blocking_flow(structure_calls.preview_structure)
    transform_structure = blocking_flow(structure_calls.transform_structure)
    convert_structure = blocking_flow(structure_calls.convert_structure)
    draw_structure = blocking_flow(structure_calls.draw_structure)
    fetch_structures = blocking(structure_calls.fetch_structures)
    delete_structure = blocking(structure_calls.delete_structure)
    check_document = blocking(document_calls.check_document)
    complete_document = blocking(document_calls.complete_document)
    hover_document = blocking(document_calls.hover_document)
    document_symbols = blocking(document_calls.document_symbols)
    document_tokens = blocking(document_calls.document_tokens)
    format_document = blocking(document_calls.format_document)
    folding_ranges = blocking(document_calls.folding_ranges)

    fetch_events = blocking(calls.fetch_events)
    subscribe = blocking(calls.subscribe)
    unsubscribe = blocking(calls.unsubscribe)

    put_blob = blocking(blob_calls.put_blob)
    store_document = blocking_flow(blob_calls.store_document)
    get_blob = blocking(blob_calls.get_blob)
