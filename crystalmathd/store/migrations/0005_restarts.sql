-- The job that this one goes on from: it has ended, but need not have completed.
ALTER TABLE jobs ADD COLUMN restart_of INTEGER;
