-- extend: give holds a later deadline, never an earlier one, never beyond the longest lifetime of a hold.
--
-- KEYS    see names.lua
-- ARGV[1] JSON [[operation id, hold id, ms from now], ...]
--
-- Returns one answer each, JSON: {"status": "extended", hold, at_ms}, or refused: unknown_inventory,
--         hold_not_found, already_confirmed, already_released, hold_expired {expires_ms}.
-- Events  extended {expires_ms, job}; expired for a hold found past its deadline.
-- Cost    O(holds * lines + pools).
--
-- A second delivery of an operation would count from a later moment, so `ops` keeps the first answer.

local first = {}

local function extend(operation, id, extend_ms)
  if first[operation] then return first[operation] end
  local hold = hold_of(id)
  if not hold then return refuse('hold_not_found') end
  if hold[STATE] == 'held' and NOW >= hold[EXPIRES] then expire(id, hold) end
  if hold[STATE] == 'expired' then return refuse('hold_expired', {expires_ms = hold[EXPIRES]}) end
  if hold[STATE] ~= 'held' then return refuse('already_' .. hold[STATE]) end

  local expires = math.min(NOW + extend_ms, hold[AT] + meta.hold_max_ms)
  local later = expires > hold[EXPIRES]
  if later then
    set_deadline(id, hold, expires)
    hold[EXPIRES] = expires
    keep(id, hold)
    add_change('extended', id, {'expires_ms', string.format('%d', expires), 'job', cjson.encode(operation)})
  end
  local reply = string.format('{"status":"extended","at_ms":%d,"hold":%s}', NOW, texts[id])
  if later then
    first[operation] = reply
    remember(operation, reply)
  end
  return reply
end

local requests = asked()
if open() then recall(requests, first) end
return finish(each(requests, extend))
