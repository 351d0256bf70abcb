"""A connection for many tasks: the methods of `crystalmath.Connection`, awaited."""

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
from crystalmath.aio.exchange import Exchange, awaited, awaited_flow


class Connection(Exchange):
    """An open connection; `crystalmath.aio.connect` makes one.

    Raises
    ------
    DaemonUnreachableError, RpcError
        From every method.
    ConnectionClosedError
        From every method, after the end of `crystalmath.aio.connect`.
    """

    hello = awaited(calls.hello)
    ping = awaited(calls.ping)
    discover = awaited(calls.discover)
    describe = awaited(calls.describe)
    status = awaited(calls.status)
    doctor = awaited(calls.doctor)
    shutdown = awaited(calls.shutdown)
    metrics = awaited(calls.metrics)
    dump_tasks = awaited(calls.dump_tasks)
    restrict_session = awaited(calls.restrict_session)
    back_up = awaited(calls.back_up)

    submit_job = awaited(calls.submit_job)
    explain_job = awaited(calls.explain_job)
    fetch_jobs = awaited(calls.fetch_jobs)
    get_job_details = awaited_flow(calls.get_job_details)
    fetch_job_log = awaited(calls.fetch_job_log)
    fetch_job_progress = awaited(calls.fetch_job_progress)
    cancel_job = awaited(calls.cancel_job)
    wait = awaited_flow(calls.wait)

    hold_job = awaited(calls.hold_job)
    release_job = awaited(calls.release_job)
    set_priority = awaited(calls.set_priority)
    retry_job = awaited(calls.retry_job)
    clone_job = awaited(calls.clone_job)
    restart_job = awaited(calls.restart_job)
    delete_job = awaited(calls.delete_job)
    collect_job = awaited(calls.collect_job)
    resolve_job = awaited(calls.resolve_job)
    why_job = awaited(calls.why_job)

    create_cluster = awaited(cluster_calls.create_cluster)
    update_cluster = awaited(cluster_calls.update_cluster)
    delete_cluster = awaited(cluster_calls.delete_cluster)
    fetch_clusters = awaited(cluster_calls.fetch_clusters)
    get_cluster = awaited_flow(cluster_calls.get_cluster)
    test_cluster_connection = awaited(cluster_calls.test_cluster_connection)
    pause_cluster = awaited(cluster_calls.pause_cluster)
    resume_cluster = awaited(cluster_calls.resume_cluster)
    trust_host_key = awaited(cluster_calls.trust_host_key)
    store_secret = awaited(cluster_calls.store_secret)
    forget_secret = awaited(cluster_calls.forget_secret)

    fetch_slurm_queue = awaited(cluster_calls.fetch_slurm_queue)
    cancel_slurm_job = awaited(cluster_calls.cancel_slurm_job)
    sync_remote_jobs = awaited(cluster_calls.sync_remote_jobs)
    clean_job = awaited(cluster_calls.clean_job)
    fetch_file = awaited_flow(cluster_calls.fetch_file)

    parse_output = awaited_flow(result_calls.parse_output)
    diagnose_job = awaited(result_calls.diagnose_job)
    diagnose_path = awaited(result_calls.diagnose_path)
    adopt_directory = awaited(result_calls.adopt_directory)
    query_results = awaited(result_calls.query_results)
    diff_jobs = awaited(result_calls.diff_jobs)
    fetch_job_series = awaited_flow(result_calls.fetch_job_series)
    draw_job = awaited_flow(result_calls.draw_job)
    export_structure = awaited_flow(result_calls.export_structure)

    generate_crystal_input = awaited(input_calls.generate_crystal_input)
    generate_properties_input = awaited(input_calls.generate_properties_input)
    generate_vasp_inputs = awaited(input_calls.generate_vasp_inputs)
    generate_espresso_input = awaited(input_calls.generate_espresso_input)
    validate_inputs = awaited(input_calls.validate_inputs)
    list_templates = awaited(input_calls.list_templates)
    render_template = awaited(input_calls.render_template)
    search_materials = awaited(material_calls.search_materials)
    fetch_material_details = awaited(material_calls.fetch_material_details)
    fetch_material_cache = awaited(material_calls.fetch_material_cache)
    prune_material_cache = awaited(material_calls.prune_material_cache)
    export_material_cache = awaited_flow(material_calls.export_material_cache)
    import_structure = awaited(structure_calls.import_structure)
    preview_structure = awaited_flow(structure_calls.preview_structure)
    transform_structure = awaited_flow(structure_calls.transform_structure)
    convert_structure = awaited_flow(structure_calls.convert_structure)
    draw_structure = awaited_flow(structure_calls.draw_structure)
    fetch_structures = awaited(structure_calls.fetch_structures)
    delete_structure = awaited(structure_calls.delete_structure)
    check_document = awaited(document_calls.check_document)
    complete_document = awaited(document_calls.complete_document)
    hover_document = awaited(document_calls.hover_document)
    document_symbols = awaited(document_calls.document_symbols)
    document_tokens = awaited(document_calls.document_tokens)
    format_document = awaited(document_calls.format_document)
    folding_ranges = awaited(document_calls.folding_ranges)

    fetch_events = awaited(calls.fetch_events)

    put_blob = awaited(blob_calls.put_blob)
    store_document = awaited_flow(blob_calls.store_document)
    get_blob = awaited(blob_calls.get_blob)
