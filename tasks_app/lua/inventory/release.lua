-- release: give back the units of a hold or of a sale.
--
-- KEYS    see names.lua
-- ARGV[1] JSON [[hold id], ...]
--
-- Returns one answer each, JSON: {"status": "released" | "expired", hold}, or refused: unknown_inventory,
--         hold_not_found. `expired`: nothing was left to give back.
-- Events  released {lines, was: held | confirmed}; expired for a hold found past its deadline.
-- Cost    O(holds * lines + pools).
--
-- `released` is final, so units come back only once, however often this is delivered.

local function release(id)
  local hold = hold_of(id)
  if not hold then return refuse('hold_not_found') end
  if hold[STATE] == 'held' and NOW >= hold[EXPIRES] then expire(id, hold) end
  local was = hold[STATE]
  if was == 'released' or was == 'expired' then return answer(was, id) end
  let_go(id, hold)
  return answer('released', id)
end

local requests = asked()
if open() then
  local ids = {}
  for i, request in ipairs(requests) do ids[i] = request[1] end
  fetch(ids)
end
return finish(each(requests, release))
