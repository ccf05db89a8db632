-- confirm: turn holds into sales, each before its deadline.
--
-- KEYS    see names.lua
-- ARGV[1] JSON [[hold id, 1 to take an expired hold's units again if they are still free], ...]
--
-- Returns one answer each, JSON: {"status": "confirmed", hold}, or refused: unknown_inventory, hold_not_found,
--         already_released, hold_expired {expires_ms} - with {reason: sold_out | limit_exceeded | ..., ...} when it
--         was to be taken again and could not.
-- Events  confirmed {lines, was: held | expired}; expired for a hold found past its deadline.
-- Cost    O(holds * lines + pools), and what is due when units are short.
--
-- Expired units are taken again here, in one step with the check of units and limit: so a late payment either gets its
-- units or is known at once to need a refund. A released hold stays released; a repeated confirm has no further effect.

local function retake(hold)
  if meta.status ~= 'on_sale' then return 'not_on_sale', {} end
  return refusal(hold[CUSTOMER], hold[LINES])
end

local function confirm(id, reacquire)
  local hold = hold_of(id)
  if not hold then return refuse('hold_not_found') end
  if hold[STATE] == 'confirmed' then return answer('confirmed', id) end
  if hold[STATE] == 'released' then return refuse('already_released') end

  if hold[STATE] == 'held' and NOW >= hold[EXPIRES] then expire(id, hold) end
  local was = hold[STATE]
  if was == 'held' then
    shift(hold, -1, 1, 0)
    set_deadline(id, hold, false)
  else
    if reacquire ~= 1 then return refuse('hold_expired', {expires_ms = hold[EXPIRES]}) end
    local reason, numbers = retake(hold)
    if reason then
      numbers.reason, numbers.expires_ms = reason, hold[EXPIRES]
      return refuse('hold_expired', numbers)
    end
    shift(hold, 0, 1, 1)
  end
  hold[STATE], hold[FINISHED] = 'confirmed', NOW
  keep(id, hold)
  add_change('confirmed', id, {'lines', shown_lines(hold[LINES]), 'was', '"' .. was .. '"'})
  return answer('confirmed', id)
end

local requests = asked()
if open() then
  local ids = {}
  for i, request in ipairs(requests) do ids[i] = request[1] end
  fetch(ids)
end
return finish(each(requests, confirm))
