-- window: the jobs from one rank to another in the list of all jobs of some states.
--
-- KEYS[1] {jobs}:events
-- ARGV[1], ARGV[2] ranks of the first and the last job; the first of all has 0, the last -1, as in ZRANGE
-- ARGV[3] how many at most   ARGV[4] type ("" = all)   ARGV[5..] states
--
-- Returns {rank of the first, how many jobs the window has, job id, ...}. No event: it only reads.
-- Cost O(types * states + found), wherever the window begins: it goes past whole indexes by their length.
--
-- The list has one state after the other; in a state, the types by name; in a type, the order of its index: queued jobs
-- as they will be done, the others by time, the oldest first.

local types = ARGV[4] ~= '' and { ARGV[4] } or redis.call('SMEMBERS', KEY.types())
table.sort(types)

local indexes, total = {}, 0
for i = 5, #ARGV do
  for _, type in ipairs(types) do
    local is_list = ARGV[i] == 'complete'
    local key = is_list and KEY.complete(type) or KEY.index(type, ARGV[i])
    local length = redis.call(is_list and 'LLEN' or 'ZCARD', key)
    if length > 0 then indexes[#indexes + 1] = { key = key, range = is_list and 'LRANGE' or 'ZRANGE', length = length } end
    total = total + length
  end
end

local first, last = tonumber(ARGV[1]), tonumber(ARGV[2])
if first < 0 then first = math.max(first + total, 0) end
if last < 0 then last = last + total end
last = math.min(last, total - 1)

local found = { first, math.max(last - first + 1, 0) }
last = math.min(last, first + tonumber(ARGV[3]) - 1)
for _, index in ipairs(indexes) do
  if first > last then break end
  if first < index.length then
    local ids = redis.call(index.range, index.key, ms(first), ms(math.min(last, index.length - 1)))
    for _, id in ipairs(ids) do found[#found + 1] = id end
  end
  first, last = math.max(first - index.length, 0), last - index.length
end
return found
