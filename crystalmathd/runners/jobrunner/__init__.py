"""The detached runner: it starts a job's programs and outlives the daemon.

Standard library only. One process watches one attempt. What it does is in
`run/launch.json` below the attempt's directory, what happened in `run/pid.json`
(before the first program starts) and `run/exit.json` (when nothing of the job is
left); both appear whole or not at all.
"""
