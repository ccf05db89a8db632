-- prelude: what the scripts of an inventory share. They read into tables, change and check there, and only `finish`
-- writes: Redis undoes nothing, so a script that meets an impossible number has to stop before its first write.
--
-- KEYS[1] of every script is `meta`; the others' names follow from it, see tasks_app/keys.py.
-- decide.lua has all of it in a function, whose KEYS and ARGV are these (worker/lua/__init__.py).
-- The form of a hold and of a line is in tasks_app/holds.py. Times and lengths are ms, times since 1970.

local FAMILY, TARGET = KEYS[1]:match('^({.-}:)(.*):meta$')
local META, POOL, HOLDS, EXP = KEYS[1], FAMILY .. TARGET .. ':pool', FAMILY .. TARGET .. ':holds', FAMILY .. TARGET .. ':exp'
local CUST, OPS, LOG = FAMILY .. TARGET .. ':cust', FAMILY .. TARGET .. ':ops', FAMILY .. TARGET .. ':log'
local LOOKS = FAMILY .. 'agenda:expire' -- when the clock has to look for holds that are due
local STATE, AT, EXPIRES, CUSTOMER, LINES, FINISHED = 1, 2, 3, 4, 5, 6
local CHUNK = 1000 -- arguments of one command: unpack() gives up at about 8 000
local MEMBER_HOLDS = 16 -- of one member of the index of deadlines: whenever a hold leaves it, it is written anew
local ENTRY_CHANGES, ENTRY_BYTES = 250, 16384 -- of one entry of the ledger, as of one of the events of jobs
local NOW = now()

-- Every script's last argument is a deadline, unix ms, 0 for none: the end of the lease under which it is called. A
-- worker that was frozen beyond it must change nothing: another one may have done the job and told how it ended.
local LATEST = tonumber(ARGV[#ARGV])
if LATEST > 0 and NOW >= LATEST then error({err = 'LATE the lease of this job is over'}) end

local meta, pools                        -- filled by open()
local holds, texts = {}, {}              -- hold id -> hold; hold id -> its JSON, false when there is none
local changed, deadlines = {}, {}        -- hold id -> true; hold id -> new deadline, false to leave the index
local timed, left = {}, {}               -- ids of those with a new deadline, in their order; id -> deadline in the index
local members, member_of = {}, {}        -- of that index, as read: text -> {text, deadline, ids}; hold id -> its member
local customers, recounted = {}, {}      -- customer -> units; customer -> true
local ledger, remembered = {}, {}        -- changes {event, id, data}; operation id, answer, operation id, ...
local reaped, all_reaped = 0, false      -- how far into the expiry index this script has come

local function impossible(what, ...)
  error({err = 'IMPOSSIBLE ' .. string.format(what, ...)})
end

local function whole(text, what)
  local number = tonumber(text)
  if not number or number % 1 ~= 0 or number < 0 then impossible('%s is %s', what, tostring(text)) end
  return number
end

-- Nothing clamps: a counter out of its bounds means that units were freed twice or taken twice, and hiding it sells
-- them again.
local function check(name, pool)
  if pool.held < 0 or pool.sold < 0 or pool.held + pool.sold > pool.cap then
    impossible('pool %s: capacity %d, held %d, sold %d', name, pool.cap, pool.held, pool.sold)
  end
end

-- Read what the inventory is and counts. False when there is no such inventory.
local function open()
  local field = redis.call('HMGET', META, 'status', 'v', 'hold_ms', 'hold_max_ms', 'max_per_customer')
  if not field[1] then return false end
  meta = {status = field[1], version = whole(field[2], 'v'), hold_ms = whole(field[3], 'hold_ms'),
          hold_max_ms = whole(field[4], 'hold_max_ms'), limit = field[5] and whole(field[5], 'max_per_customer')}
  pools = {}
  local counts = redis.call('HGETALL', POOL)
  for i = 1, #counts, 2 do
    local name, part = counts[i]:match('^(.*):(%a+)$')
    pools[name] = pools[name] or {}
    pools[name][part] = whole(counts[i + 1], counts[i])
  end
  for name, pool in pairs(pools) do
    if not (pool.cap and pool.held and pool.sold) then impossible('pool %s lacks a counter', name) end
    check(name, pool)
  end
  return true
end

-- Read many holds at once; those that this script has already are left as it changed them.
local function fetch(ids)
  if #ids == 0 then return end
  local found = redis.call('HMGET', HOLDS, unpack(ids))
  for i, id in ipairs(ids) do
    if texts[id] == nil then texts[id] = found[i] end
  end
end

-- A hold is due at another moment; false: never again. `hold` is what it was before, nil for a new one.
local function set_deadline(id, hold, deadline)
  if deadlines[id] == nil then
    timed[#timed + 1], left[id] = id, hold and hold[EXPIRES]
  end
  deadlines[id] = deadline
end

-- A hold that was fetched, or nil.
local function hold_of(id)
  if not holds[id] and texts[id] then holds[id] = cjson.decode(texts[id]) end
  return holds[id]
end

local function keep(id, hold)
  holds[id], texts[id], changed[id] = hold, cjson.encode(hold), true
end

-- What the ledger tells has the words of the API: lines are {pool, quantity}, nobody named is null.
local function shown_lines(lines)
  local shown = {}
  for i, line in ipairs(lines) do shown[i] = {pool = line[1], quantity = line[2]} end
  return cjson.encode(shown)
end

-- Tell the ledger. `data`: {name, its JSON, name, its JSON, ...}, for an event always the same names in the same order.
local function record(event, id, data)
  ledger[#ledger + 1] = {event, id, data}
end

-- Only a change is remembered, and each has its entry in the ledger, by which `forget` finds it again.
local function remember(operation, answer)
  remembered[#remembered + 1] = operation
  remembered[#remembered + 1] = answer
end

local function units_of(customer)
  if not customers[customer] then
    customers[customer] = whole(redis.call('HGET', CUST, customer) or 0, 'units of customer ' .. customer)
  end
  return customers[customer]
end

-- Read the units of many customers at once.
local function know(names)
  if #names == 0 then return end
  local found = redis.call('HMGET', CUST, unpack(names))
  for i, customer in ipairs(names) do
    customers[customer] = customers[customer] or whole(found[i] or 0, 'units of customer ' .. customer)
  end
end

-- Move the units of these lines: `held`, `sold` and `owned` are 1 to add them, -1 to take them off, 0 to leave them.
local function shift(hold, held, sold, owned)
  local units = 0
  for _, line in ipairs(hold[LINES]) do
    local pool = pools[line[1]]
    if not pool then impossible('a hold names pool %s, which is not there', line[1]) end
    pool.held, pool.sold = pool.held + held * line[2], pool.sold + sold * line[2]
    pool.changed = true
    check(line[1], pool)
    units = units + line[2]
  end
  local customer = hold[CUSTOMER]
  if meta.limit and customer ~= '' and owned ~= 0 then
    local now_owned = units_of(customer) + owned * units
    if now_owned < 0 then impossible('customer %s has %d units', customer, now_owned) end
    customers[customer], recounted[customer] = now_owned, true
  end
end

-- End a hold whose deadline is past. It ended at its deadline, not when somebody came to look.
local function expire(id, hold)
  shift(hold, -1, 0, -1)
  set_deadline(id, hold, false)
  hold[STATE], hold[FINISHED] = 'expired', hold[EXPIRES]
  keep(id, hold)
  record('expired', id, {'lines', shown_lines(hold[LINES]), 'was', '"held"'})
end

-- The holds that become due at one moment stand in the index of deadlines together, some in a member, with blanks between.
local function member_from(text, deadline)
  local member = members[text]
  if not member then
    member = {text = text, deadline = deadline, ids = {}}
    for id in text:gmatch('%S+') do
      member.ids[#member.ids + 1], member_of[id] = id, member
    end
    members[text] = member
  end
  return member
end

-- Free what is due, at most `limit` holds, oldest deadline first. Returns how many it freed.
local function reap(limit)
  local freed = 0
  while not all_reaped and freed < limit do
    local size = math.min(limit - freed, CHUNK)
    local due, at = redis.call('ZRANGE', EXP, '-inf', NOW, 'BYSCORE', 'LIMIT', reaped, size, 'WITHSCORES'), 1
    while at < #due do
      local ids = {}
      while at < #due and #ids < size do
        for _, id in ipairs(member_from(due[at], due[at + 1]).ids) do ids[#ids + 1] = id end
        at = at + 2
      end
      fetch(ids)
      for _, id in ipairs(ids) do
        if not changed[id] then
          if freed == limit then return freed end
          local hold = hold_of(id)
          if not hold or hold[STATE] ~= 'held' then impossible('%s is in the expiry index but not held', id) end
          expire(id, hold)
          freed = freed + 1
        end
      end
    end
    reaped = reaped + #due / 2
    all_reaped = #due < 2 * size
  end
  return freed
end

-- Why these lines cannot be taken as things stand: a code and its numbers; nothing when they can.
local function misfit_now(customer, lines)
  local unknown, short, units
  for _, line in ipairs(lines) do
    local pool = pools[line[1]]
    units = (units or 0) + line[2]
    if not pool then
      unknown = unknown or {}
      unknown[#unknown + 1] = line[1]
    elseif line[2] > pool.cap - pool.held - pool.sold then
      short = short or {}
      short[line[1]] = {asked = line[2], available = pool.cap - pool.held - pool.sold}
    end
  end
  if unknown then return 'unknown_pool', {pools = unknown} end
  if meta.limit then
    if customer == '' then return 'customer_required', {max_per_customer = meta.limit} end
    local present = units_of(customer)
    if present + units > meta.limit then
      return 'limit_exceeded', {max_per_customer = meta.limit, present = present, asked = units}
    end
  end
  if short then return 'sold_out', {pools = short} end
end

-- The same, but never for the sake of a hold whose deadline is past, however many of them there are.
local function misfit(customer, lines)
  local code, numbers = misfit_now(customer, lines)
  if code and reap(math.huge) > 0 then return misfit_now(customer, lines) end
  return code, numbers
end

-- Answers, as JSON: {"status", "hold"} or {"status": "refused", "code", ...}.
local function answer(status, id)
  return '{"status":"' .. status .. '","hold":' .. texts[id] .. '}'
end

local function refuse(code, numbers)
  numbers = numbers or {}
  numbers.status, numbers.code = 'refused', code
  return cjson.encode(numbers)
end

-- What is asked for: JSON, or what a job's script made of it.
local function asked()
  return type(ARGV[1]) == 'table' and ARGV[1] or cjson.decode(ARGV[1])
end

-- One answer for each of the requests.
local function each(requests, decide)
  local answers = {}
  for i, request in ipairs(requests) do
    answers[i] = meta and decide(unpack(request)) or refuse('unknown_inventory')
  end
  return answers
end

local function write(command, key, arguments)
  for i = 1, #arguments, CHUNK do
    redis.call(command, key, unpack(arguments, i, math.min(i + CHUNK - 1, #arguments)))
  end
end

-- What the index of deadlines loses and gets: members; deadline, member, deadline, member, ... In what it has of a
-- moment, those stay together that were so, without the holds that leave it.
local function reindexed()
  local read = {}
  for _, id in ipairs(timed) do
    local deadline = left[id]
    if deadline and not member_of[id] and not read[deadline] then
      local found = redis.call('ZRANGE', EXP, string.format('%d', deadline), string.format('%d', deadline), 'BYSCORE')
      for _, text in ipairs(found) do member_from(text, deadline) end
      read[deadline] = true
    end
  end
  local out, into, seen, together = {}, {}, {}, {}
  local function add(deadline, ids)
    into[#into + 1] = string.format('%d', deadline)
    into[#into + 1] = table.concat(ids, ' ')
  end
  for _, id in ipairs(timed) do
    local member, deadline = left[id] and member_of[id], deadlines[id]
    if member and not seen[member] then
      local stay = {}
      for _, other in ipairs(member.ids) do
        if deadlines[other] == nil then stay[#stay + 1] = other end
      end
      seen[member], out[#out + 1] = true, member.text
      if #stay > 0 then add(member.deadline, stay) end
    end
    if deadline then
      local ids = together[deadline] or {}
      ids[#ids + 1], together[deadline] = id, ids
      if #ids == MEMBER_HOLDS then
        add(deadline, ids)
        together[deadline] = nil
      end
    end
  end
  for deadline, ids in pairs(together) do add(deadline, ids) end
  return out, into
end

-- Have the clock look when the first of these deadlines comes, unless it looks earlier.
local function note_deadlines()
  local first
  for _, deadline in pairs(deadlines) do
    if deadline and (not first or deadline < first) then first = deadline end
  end
  if first then redis.call('ZADD', LOOKS, 'LT', string.format('%d', first), TARGET) end
end

-- The data of some changes of one event, from `first` to `last`, as JSON: of one its object; of several
-- [what all have, {name: [what each has], ...}].
local function told_of(first, last)
  local names, all, own = ledger[first][3], {}, {}
  for place = 1, #names, 2 do
    local name, texts, same = '"' .. names[place] .. '":', {}, true
    for n = first, last do
      texts[#texts + 1] = ledger[n][3][place + 1]
      same = same and texts[#texts] == texts[1]
    end
    if same then
      all[#all + 1] = name .. texts[1]
    else
      own[#own + 1] = name .. '[' .. table.concat(texts, ',') .. ']'
    end
  end
  local shared = '{' .. table.concat(all, ',') .. '}'
  return first == last and shared or '[' .. shared .. ',{' .. table.concat(own, ',') .. '}]'
end

-- What comes to the same, one after the other, is one entry; `v` is the version of its first change.
local function write_ledger()
  local first = 1
  while first <= #ledger do
    local event, ids, bytes, last = ledger[first][1], {}, 0, first - 1
    repeat
      last = last + 1
      ids[#ids + 1] = ledger[last][2]
      for _, text in ipairs(ledger[last][3]) do bytes = bytes + #text end
    until last == #ledger or ledger[last + 1][1] ~= event or #ids == ENTRY_CHANGES or bytes >= ENTRY_BYTES
    redis.call('XADD', LOG, '*', 'v', meta.version + first, 'event', event, 'id', table.concat(ids, ' '),
      'data', told_of(first, last))
    first = last + 1
  end
  if #ledger > 0 then
    meta.version = meta.version + #ledger
    redis.call('HSET', META, 'v', meta.version)
  end
end

-- Write all that changed and give `reply` back. The agenda goes first, for a look too many does no harm, and then the
-- ledger: of all keys those two alone were not read before, so that a key of a wrong type is met before anything counts.
local function finish(reply)
  local unindex, index = reindexed()
  note_deadlines()
  write_ledger()

  local counts, sets, owned, gone = {}, {}, {}, {}
  for name, pool in pairs(pools or {}) do
    if pool.changed then
      for _, part in ipairs({'cap', 'held', 'sold'}) do
        counts[#counts + 1] = name .. ':' .. part
        counts[#counts + 1] = string.format('%d', pool[part])
      end
    end
  end
  for id in pairs(changed) do
    sets[#sets + 1] = id
    sets[#sets + 1] = texts[id]
  end
  for customer in pairs(recounted) do
    if customers[customer] > 0 then
      owned[#owned + 1] = customer
      owned[#owned + 1] = string.format('%d', customers[customer])
    else
      gone[#gone + 1] = customer
    end
  end
  write('HSET', POOL, counts)
  write('HSET', HOLDS, sets)
  write('ZREM', EXP, unindex) -- before the members that come, for one that is only later due has the same text
  write('ZADD', EXP, index)
  write('HSET', CUST, owned)
  write('HDEL', CUST, gone)
  write('HSET', OPS, remembered)
  return reply
end
