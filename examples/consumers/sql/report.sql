-- Answers two questions from the decoded rows of the NetBackup topics: which clients had no successful full backup in
-- the last 24 hours, and the jobs' success rate by policy and day. Written for DuckDB.
--
-- In: two tables, filled by run.py here, and by a sink of your own elsewhere. Beside the record's fields they have its
-- place in Kafka, because that is its order. Times are UTC. "primary", "partition" and "offset" are words of SQL, hence
-- the quotes. A column that the writer's schema doesn't have is NULL; a field that isn't named here is passed over.
--   jobs   ("partition", "offset", "primary", messageId, entryIndex, notifiedAt, clientName,
--           jobId, jobType, state, status, policyName, scheduleType)
--   images ("partition", "offset", "primary", messageId, entryIndex, clientName)
--   and the variable "now", a timestamp.
-- Out: the views clients_without_full_backup and success_rates.

-- The deduplication rule: ("primary", messageId, entryIndex) names one event, and the first with a name stays.
create view job_events as
select * from jobs
qualify row_number() over (partition by "primary", messageId, entryIndex order by "partition", "offset") = 1;

create view image_events as
select * from images
qualify row_number() over (partition by "primary", messageId, entryIndex order by "partition", "offset") = 1;

-- The latest state by ("primary", jobId): two primaries count their jobs independently. Order holds within a partition,
-- and a job stays in the partition of its client. It can only be in two when partitions were added or NetBackup changed
-- the client's name while it ran; then the later stamp decides.
create view last_in_partition as
select * from job_events
qualify row_number() over (partition by "primary", jobId, "partition" order by "offset" desc) = 1;

create view job_states as
select * from last_in_partition
qualify row_number() over (partition by "primary", jobId order by notifiedAt desc, "partition" desc) = 1;

-- Of every client that jobs or images name, those whose last successful full backup is not within 24 h.
create view clients_without_full_backup as
with clients as (
  select clientName, list_sort(list(distinct "primary")) as primaries
  from (select clientName, "primary" from job_events union all select clientName, "primary" from image_events)
  where clientName <> ''
  group by clientName
),
full_backups as (
  select clientName, max(notifiedAt) as lastFullBackup
  from job_states
  -- Status is 0 while a job runs, too, and restores carry a schedule type: all four conditions are needed.
  where jobType = 'BACKUP' and scheduleType = 'ST_FULL' and state = 'DONE' and status = 0
  group by clientName
)
select clientName, primaries, strftime(lastFullBackup, '%Y-%m-%dT%H:%M:%SZ') as lastFullBackup
from clients left join full_backups using (clientName)
where full_backups.lastFullBackup is null
   or full_backups.lastFullBackup <= getvariable('now') - interval 24 hours
order by clientName;

-- Jobs that are done, by the UTC day of their end, primary and policy. Partial success (1) is not success.
-- Not startTime: some releases send it ahead of UTC by the primary's offset, so its day may be wrong.
create view success_rates as
select
  strftime(notifiedAt, '%Y-%m-%d') as day,
  "primary",
  coalesce(policyName, '') as policyName,
  count(*) as jobs,
  count(*) filter (status = 0) as successful,
  count(*) filter (status = 1) as partial,
  count(*) filter (status is null or status not in (0, 1)) as failed,
  successful / jobs as successRate
from job_states
where state = 'DONE'
group by all
order by day, "primary", policyName;
