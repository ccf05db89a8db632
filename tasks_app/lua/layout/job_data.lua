-- job_data: reads the data of jobs.
--
-- ARGV[..] ids
-- Returns the text of each, or nothing.

local texts = {}
for n, id in ipairs(ARGV) do texts[n] = redis.call('HGET', '{jobs}:job:' .. id, 'data') end
return texts
