-- reduce: give back a part of a hold or of a sale; the rest stays as it is.
--
-- KEYS    see names.lua
-- ARGV[1] JSON [[operation id, hold id, [[pool, units to give back], ...]], ...]
--
-- Returns one answer each, JSON: {"status": "reduced", hold, at_ms}; {"status": "released" | "expired", hold} as
--         release.lua if all is given back, or nothing was left to give back; or refused: unknown_inventory,
--         hold_not_found, over_several: it is over several shows and products; not_that_many {pools: {name: {asked,
--         present}}}.
-- Events  reduced {lines: what is given back, was: held | confirmed, job}; released; expired for a hold found past its
--         deadline.
-- Cost    O(holds * lines + pools).
--
-- A second delivery would give back more, so `ops` keeps the first answer. A line keeps how many of its units were given
-- back: reserve.lua has to recognise the request that made the hold.

local first = {}

-- What the hold loses, what stays, how many units stay; and what is asked for beyond what it has, or nil.
local function parted(kept, lines)
  local asked, part, rest, left, lacking = {}, {}, {}, 0, nil
  for _, line in ipairs(lines) do asked[line[1]] = (asked[line[1]] or 0) + line[2] end
  for i, line in ipairs(kept) do
    local units = asked[line[1]] or 0
    if units > line[2] then
      lacking = lacking or {}
      lacking[line[1]] = {asked = units, present = line[2]}
    elseif units > 0 then
      part[#part + 1] = {line[1], units}
    end
    rest[i] = units > 0 and {line[1], line[2] - units, (line[3] or 0) + units} or line
    left, asked[line[1]] = left + line[2] - units, nil
  end
  for pool, units in pairs(asked) do
    lacking = lacking or {}
    lacking[pool] = {asked = units, present = 0}
  end
  return part, rest, left, lacking
end

local function reduce(operation, id, lines)
  if first[operation] then return first[operation] end
  local hold = hold_of(id)
  if not hold then return refuse('hold_not_found') end
  if hold[STATE] == 'held' and NOW >= hold[EXPIRES] then expire(id, hold) end
  local was = hold[STATE]
  if was == 'released' or was == 'expired' then return answer(was, id) end

  if hold[OTHERS] then return refuse('over_several') end
  local part, rest, left, lacking = parted(hold[LINES], lines)
  if lacking then return refuse('not_that_many', {pools = lacking}) end
  if left == 0 then
    let_go(id, hold)
    return answer('released', id)
  end
  local is_held = was == 'held'
  shift({[CUSTOMER] = hold[CUSTOMER], [LINES] = part}, is_held and -1 or 0, is_held and 0 or -1, -1)
  hold[LINES] = rest
  keep(id, hold)
  add_change('reduced', id, {'lines', shown_lines(part), 'was', '"' .. was .. '"', 'job', cjson.encode(operation)})
  local reply = string.format('{"status":"reduced","at_ms":%d,"hold":%s}', NOW, texts[id])
  first[operation] = reply
  remember(operation, reply)
  return reply
end

local requests = asked()
if open() then recall(requests, first) end
return finish(each(requests, reduce))
