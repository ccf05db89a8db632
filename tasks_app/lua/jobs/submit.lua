-- submit: record new jobs of several requests, each of one part.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most queued jobs of one type   ARGV[2] most types that have jobs   ARGV[3] jobs of a staged part
-- ARGV[4..] requests, each in the form of a part (taking.lua)
--
-- Returns {answers, wake-ups to be published {type, level, token}}; the answers are, per job, "new" (queued) | "later"
--         (delayed) | "failed" | "known" (same id and fingerprint) | "returned <id>", "replaced <id>" (another job
--         stands for it), also after "known " | "conflict" | "full" | "types" | "refused <id> <id of its key's holder>"
-- Events  queued | delayed | failed. Cost O(jobs).
--
-- A request is taken all or nothing; `obstacle` says why it is refused.

local limits = { tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]) }
local answers = {}
for i = 4, #ARGV do
  local part = cjson.decode(ARGV[i])
  local refused = obstacle(part, limits)
  for n = 3, #part do answers[#answers + 1] = refused or take(part[n], part[2]) end
end
write_taken()
return { answers, wakes() }
