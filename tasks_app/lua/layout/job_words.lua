-- job_words: rewords the data of jobs.
--
-- ARGV[..] per job: id, data
-- Returns how many.

for at = 1, #ARGV, 2 do redis.call('HSET', '{jobs}:job:' .. ARGV[at], 'data', ARGV[at + 1]) end
return #ARGV / 2
