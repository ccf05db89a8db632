-- list: the jobs that come next in the list of all of some types and states, newest first.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] how many at most   ARGV[2], ARGV[3] score and id of the last job seen ("" = from the beginning)
-- ARGV[4] type ("" = all)   ARGV[5..] states
--
-- Returns {{job id, score}, ...}, highest score first, among equal ones by id. No event: it only reads.
-- Cost O(types * states * log jobs + found^2): about 20 ms for the most types that there are by default.

local most, score, last = tonumber(ARGV[1]), ARGV[2], ARGV[3]

-- How many members of an index come up to the last job seen, which may have moved or stand in another one.
local function rank_after(key)
  if score == '' then return 0 end
  local low = redis.call('ZCOUNT', key, '(' .. score, '+inf')
  local high = low + redis.call('ZCOUNT', key, score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if redis.call('ZRANGE', key, middle, middle, 'REV')[1] >= last then low = middle + 1 else high = middle end
  end
  return low
end

-- The member of an index at a rank; nil when there is none.
local function head(key, rank)
  local row = redis.call('ZRANGE', key, rank, rank, 'REV', 'WITHSCORES')
  return row[1] and { id = row[1], text = row[2], score = tonumber(row[2]), key = key, rank = rank }
end

local function before(a, b) return a.score > b.score or a.score == b.score and a.id > b.id end

local heads = {}
for _, type in ipairs(ARGV[4] ~= '' and { ARGV[4] } or redis.call('SMEMBERS', FAMILY .. 'types')) do
  for i = 5, #ARGV do
    local key = index(type, ARGV[i])
    heads[#heads + 1] = head(key, rank_after(key))
  end
end
table.sort(heads, before)
for i = #heads, most + 1, -1 do heads[i] = nil end -- as many come before all of theirs

local rows = {}
while #rows < most and #heads > 0 do
  local best = 1
  for i = 2, #heads do
    if before(heads[i], heads[best]) then best = i end
  end
  local found = heads[best]
  rows[#rows + 1] = { found.id, found.text }
  local following = head(found.key, found.rank + 1)
  if following then heads[best] = following else table.remove(heads, best) end
end
return rows
