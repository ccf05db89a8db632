-- ledger: the changes that a script made, and the answers that it remembers.

local ENTRY_CHANGES, ENTRY_BYTES = 250, 16384 -- in one entry of the ledger; entries of job events have such limits too
local ledger, remembered = {}, {}        -- changes {event, id, data}; operation id, answer, operation id, ...

-- The ledger uses the words of the API: lines are {pool, quantity}, no customer is null. A line whose units were all
-- given back (reduce.lua) is none.
local function shown_lines(lines)
  local shown = {}
  for _, line in ipairs(lines) do
    if line[2] > 0 then shown[#shown + 1] = {pool = line[1], quantity = line[2]} end
  end
  return cjson.encode(shown)
end

-- Add a change to the ledger. `data`: {name, its JSON, name, its JSON, ...}; each event has always the same names in
-- the same order.
local function add_change(event, id, data)
  ledger[#ledger + 1] = {event, id, data}
end

-- Remember the answer to an operation. Only changes are remembered: each has an entry in the ledger, by which `forget`
-- finds it again.
local function remember(operation, answer)
  remembered[#remembered + 1] = operation
  remembered[#remembered + 1] = answer
end

-- The data of changes of one event, from `first` to `last`, as JSON: [what all have, {name: [what each has], ...}].
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
  return '[{' .. table.concat(all, ',') .. '},{' .. table.concat(own, ',') .. '}]'
end

-- Consecutive changes with the same event make one entry; `v` is the version of its first change. The data of a single
-- change are an object.
local function write_ledger()
  local first = 1
  while first <= #ledger do
    local event, about, names = unpack(ledger[first])
    local last, bytes, data = first, 0, ''
    while last < #ledger and ledger[last + 1][1] == event and last - first + 1 < ENTRY_CHANGES do
      for _, text in ipairs(ledger[last][3]) do bytes = bytes + #text end
      if bytes >= ENTRY_BYTES then break end
      last = last + 1
    end
    if last > first then
      local ids = {}
      for n = first, last do ids[#ids + 1] = ledger[n][2] end
      about, data = table.concat(ids, ' '), told_of(first, last)
    else
      for place = 1, #names, 2 do
        data = data .. (place > 1 and ',"' or '{"') .. names[place] .. '":' .. names[place + 1]
      end
      data = #names > 0 and data .. '}' or '{}'
    end
    redis.call('XADD', LOG, '*', 'v', meta.version + first, 'event', event, 'id', about, 'data', data)
    first = last + 1
  end
  if #ledger > 0 then
    meta.version = meta.version + #ledger
    if meta.is_listed then
      redis.call('HSET', META, 'v', meta.version, 'listed', meta.version)
    else
      redis.call('HSET', META, 'v', meta.version)
    end
  end
end
