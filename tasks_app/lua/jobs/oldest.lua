-- oldest: the next complete jobs of a type, those that ended first first; jobs of the same moment by their ids. So those
-- that leave the list meanwhile, at its old end or anywhere, change nothing for whoever goes on after a job.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] how many at most   ARGV[2], ARGV[3] when the last job seen ended, unix ms, and its id ("" = from the beginning)
-- ARGV[4] type
--
-- Returns {{job id, when it ended}, ...}. No event: it only reads. Cost O(found * nodes of the list).

local most, seen_ms, seen = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local list = KEY.complete(ARGV[4])

local function at(rank)
  local id = redis.call('LINDEX', list, rank)
  return id, id and tonumber(redis.call('HGET', KEY.job(id), FIELD.finished) or 0)
end

local rank, high = 0, seen_ms and redis.call('LLEN', list) or 0
while rank < high do -- finds the first that is not older than the last job seen
  local middle = math.floor((rank + high) / 2)
  local _, ended_ms = at(middle)
  if ended_ms < seen_ms then rank = middle + 1 else high = middle end
end

local rows = {}
local id, ended_ms = at(rank)
while id and #rows < most do
  local moment_ms, same = ended_ms, {}
  while id and ended_ms == moment_ms do
    if moment_ms ~= seen_ms or id > seen then same[#same + 1] = id end
    rank = rank + 1
    id, ended_ms = at(rank)
  end
  table.sort(same)
  for i = 1, math.min(#same, most - #rows) do rows[#rows + 1] = { same[i], string.format('%d', moment_ms) } end
end
return rows
