-- list: the next jobs in the list of all jobs of some types and states: first the delayed ones, those due last first; then
-- the queued ones, those done last first; then the others, newest first. So a job that goes on comes later in the list.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] how many at most   ARGV[2], ARGV[3] score and id of the last job seen ("" = from the beginning)
-- ARGV[4] type ("" = all)   ARGV[5..] states
--
-- Returns {{job id, score}, ...}, highest score first, equal scores by id. The score of a complete job is the time at
-- which it ended, that of a delayed job lies above all places in a backlog (places.lua). No event: it only reads.
-- Cost O(types * states * log jobs + found^2): about 50 ms for as many types as the default limit allows.

local most, score, last = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]

local function before(a, b) return a.score > b.score or a.score == b.score and a.id > b.id end

local DELAYED = 7 * LEVEL

-- How many members of an index come before or at the last job seen, which may have moved or be in another index. `above`
-- is what its scores lack.
local function rank_after(key, above)
  if not score then return 0 end
  local own = string.format('%.17g', score - above)
  local low = redis.call('ZCOUNT', key, '(' .. own, '+inf')
  local high = low + redis.call('ZCOUNT', key, own, own)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if redis.call('ZRANGE', key, middle, middle, 'REV')[1] >= last then low = middle + 1 else high = middle end
  end
  return low
end

-- A function that returns the jobs of an index one after the other, and nil at the end.
local function from_index(key, above)
  local rank = rank_after(key, above)
  return function()
    local row = redis.call('ZRANGE', key, rank, rank, 'REV', 'WITHSCORES')
    rank = rank + 1
    local own = row[1] and tonumber(row[2]) + above
    return row[1] and { id = row[1], text = string.format('%.17g', own), score = own }
  end
end

-- The same for complete jobs. They are in the order in which they ended; jobs of the same moment are sorted by id.
local function from_list(key)
  local function at(rank)
    local id = redis.call('LINDEX', key, -1 - rank)
    local text = id and redis.call('HGET', KEY.job(id), FIELD.finished) or '0'
    return id and { id = id, text = text, score = tonumber(text) }
  end
  local rank, high = 0, score and redis.call('LLEN', key) or 0
  while rank < high do -- finds the first that is not newer than the last job seen
    local middle = math.floor((rank + high) / 2)
    if at(middle).score > score then rank = middle + 1 else high = middle end
  end
  local following, moment = at(rank), {}
  local function read_moment()
    local first = following
    while following and following.score == first.score do
      if first.score ~= score or following.id < last then moment[#moment + 1] = following end
      rank = rank + 1
      following = at(rank)
    end
    table.sort(moment, function(a, b) return before(b, a) end)
  end
  return function()
    while #moment == 0 and following do read_moment() end
    return table.remove(moment)
  end
end

local heads = {}
for _, type in ipairs(ARGV[4] ~= '' and { ARGV[4] } or redis.call('SMEMBERS', KEY.types())) do
  for i = 5, #ARGV do
    local following = ARGV[i] == 'complete' and from_list(KEY.complete(type))
      or from_index(KEY.index(type, ARGV[i]), ARGV[i] == 'delayed' and DELAYED or 0)
    local head = following()
    if head then
      head.following = following
      heads[#heads + 1] = head
    end
  end
end
table.sort(heads, before)
for i = #heads, most + 1, -1 do heads[i] = nil end -- enough jobs come before all of theirs

local rows = {}
while #rows < most and #heads > 0 do
  local best = 1
  for i = 2, #heads do
    if before(heads[i], heads[best]) then best = i end
  end
  local found = heads[best]
  rows[#rows + 1] = { found.id, found.text }
  local head = found.following()
  if head then
    head.following, heads[best] = found.following, head
  else
    table.remove(heads, best)
  end
end
return rows
