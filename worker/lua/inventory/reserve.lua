-- reserve: hold or sell units of one inventory for many reservations, each of them wholly or not at all.
--
-- KEYS    see prelude.lua
-- ARGV[1] JSON [[id, customer or "", [[pool, units], ...], hold ms or 0 for the inventory's own, 1 to sell], ...]
--
-- Returns JSON, one answer each: {"status": "held" | "sold", hold}, or refused: unknown_inventory, not_on_sale,
--         hold_too_long, unknown_pool, customer_required, limit_exceeded {limit, present, asked},
--         sold_out {pools: {name: {asked, available}}}.
-- Events  held {lines, customer, expires}, sold {lines, customer}; expired for what was due.
-- Cost    O(reservations * lines + pools + holds that are due).
--
-- A known id gets its first answer again, with the hold as it is now. A refusal is not remembered here: the job's
-- record does that. If the worker dies between this script and that record, the second delivery decides anew, which
-- is safe, because the first took nothing and nobody was told.

local function summed(lines)
  if #lines == 1 then return lines end
  local sums, place = {}, {}
  for _, line in ipairs(lines) do
    if place[line[1]] then
      sums[place[line[1]]][2] = sums[place[line[1]]][2] + line[2]
    else
      sums[#sums + 1] = line
      place[line[1]] = #sums
    end
  end
  return sums
end

local function reserve(id, customer, lines, hold_ms, sell)
  local known = hold_of(id)
  if known then return answer(known[EXPIRES] == 0 and 'sold' or 'held', id) end
  if meta.status ~= 'on_sale' then return refuse('not_on_sale') end
  if hold_ms > meta.hold_max_ms then
    return refuse('hold_too_long', {hold_ms = hold_ms, hold_max_ms = meta.hold_max_ms})
  end
  lines = summed(lines)
  local code, numbers = misfit(customer, lines)
  if code then return refuse(code, numbers) end

  local data = '{"lines":' .. cjson.encode(lines) .. ',"customer":' .. cjson.encode(customer)
  if sell == 1 then
    local hold = {'confirmed', NOW, 0, customer, lines, NOW}
    shift(hold, 0, 1, 1)
    keep(id, hold)
    record('sold', id, data .. '}')
    return answer('sold', id)
  end
  local expires = NOW + (hold_ms > 0 and hold_ms or meta.hold_ms)
  local hold = {'held', NOW, expires, customer, lines}
  shift(hold, 1, 0, 1)
  deadlines[id] = expires
  keep(id, hold)
  record('held', id, string.format('%s,"expires":%d}', data, expires))
  return answer('held', id)
end

local requests = cjson.decode(ARGV[1])
if open() then
  local ids = {}
  for i, request in ipairs(requests) do ids[i] = request[1] end
  reap(CHUNK)
  fetch(ids)
end
return finish(each(requests, reserve))
