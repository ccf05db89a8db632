-- reserve: hold or sell units of one inventory for many reservations, each of them all or nothing.
--
-- KEYS    see names.lua
-- ARGV[1] JSON [[id, customer or "", [[pool, units], ...], hold ms or 0 for the inventory's own, 1 to sell,
--         metadata (JSON; "" or left out = none), the other shows and products of the reservation if this is the first
--         of several ([] if it is another one; left out if there is one)], ...]
-- ARGV[2] JSON [the keys of metadata by which reservations are found, ...]
--
-- Returns one answer each, JSON: {"status": "held" | "sold", hold}, or refused: unknown_inventory, not_on_sale,
--         hold_too_long, unknown_pool, customer_required, limit_exceeded {max_per_customer, present, asked},
--         sold_out {pools: {name: {asked, available}}}, idempotency_key_reused.
-- Events  held {lines, customer, expires_ms}, sold {lines, customer}; expired for due holds.
-- Cost    O(reservations * lines + pools + due holds).
--
-- A known id gets its first answer again, with the hold as it is now, unless it asks for something else: a hold
-- outlives the record of its job, and that record had the fingerprint that would tell such a request apart. Refusals
-- are not stored here but in the job's record. If the worker dies between this script and that record, the second
-- delivery decides again, which is safe, because the first took nothing and nobody got its answer.

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

-- Were these the lines when the hold was made, whatever was given back since then (reduce.lua)?
local function alike(kept, lines)
  if #kept ~= #lines then return false end
  for i, line in ipairs(lines) do
    if kept[i][1] ~= line[1] or kept[i][2] + (kept[i][3] or 0) ~= line[2] then return false end
  end
  return true
end

local declared = cjson.decode(ARGV[2])

-- A new hold, in its stored form.
local function make_hold(id, state, expires, customer, lines, finished, metadata, others)
  local hold = {state, NOW, expires, customer, lines, finished}
  if metadata ~= '' or others then hold[FINISHED], hold[METADATA] = finished or cjson.null, metadata end
  hold[OTHERS] = others
  keep(id, hold)
  enlist(id, hold, declared)
  return hold
end

local function reserve(id, customer, lines, hold_ms, sell, metadata, others)
  local known = hold_of(id)
  lines, metadata = summed(lines), metadata or ''
  if known then
    local same = known[CUSTOMER] == customer and (known[METADATA] or '') == metadata
    if meta.has_forgotten and not same then same = known[CUSTOMER] == pseudonym(customer) end
    if not (same and alike(known[LINES], lines)) then return refuse('idempotency_key_reused') end
    return answer(known[EXPIRES] == 0 and 'sold' or 'held', id)
  end
  if meta.status ~= 'on_sale' then return refuse('not_on_sale') end
  if hold_ms > meta.hold_max_ms then
    return refuse('hold_too_long', {hold_seconds = hold_ms / 1000, hold_max_seconds = meta.hold_max_ms / 1000})
  end
  local code, numbers = refusal(customer, lines)
  if code then return refuse(code, numbers) end

  local data = {'lines', shown_lines(lines), 'customer', customer ~= '' and cjson.encode(customer) or 'null'}
  if sell == 1 then
    shift(make_hold(id, 'confirmed', 0, customer, lines, NOW, metadata), 0, 1, 1)
    add_change('sold', id, data)
    return answer('sold', id)
  end
  local expires = NOW + (hold_ms > 0 and hold_ms or meta.hold_ms)
  shift(make_hold(id, 'held', expires, customer, lines, nil, metadata, others), 1, 0, 1)
  set_deadline(id, nil, expires)
  data[5], data[6] = 'expires_ms', string.format('%d', expires)
  add_change('held', id, data)
  return answer('held', id)
end

local requests = asked()
if open() then
  local ids, named = {}, {}
  for i, request in ipairs(requests) do
    ids[i] = request[1]
    if request[2] ~= '' then named[#named + 1] = request[2] end
  end
  reap(CHUNK)
  fetch(ids)
  if meta.limit then know(named) end
end
return finish(each(requests, reserve))
