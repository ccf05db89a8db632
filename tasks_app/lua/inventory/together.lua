-- together: one change of a reservation with units of several shows and products: in all of them, or in none.
--
-- KEYS    `meta` of each show and product
-- ARGV[1] JSON [request for each, ...], as the script of the operation takes it (reserve.lua and so on)
-- ARGV[2] the operation   ARGV[3] as ARGV[2] of reserve.lua   ARGV[4] as the last argument of every script of an inventory
--
-- Returns {its answer} of each show and product, JSON; or {its answer, place} of the first that refuses, from 1.
-- Events  those of the operation, in each ledger. Cost twice that of the operation, for each.
--
-- `at_inventory` is the script of the operation. It is asked first, and writes nothing: only if nobody refuses, and no
-- number is impossible, is it told to write, and decides the same again, for the script has one moment and nothing else
-- runs meanwhile. All have one deadline: without another wish, the shortest hold among them.

local requests, operation = cjson.decode(ARGV[1]), ARGV[2]

local function decide(is_asking)
  local answers, deadline = {}, nil
  for place, meta_key in ipairs(KEYS) do
    local text = at_inventory({meta_key, is_asking = is_asking}, {{requests[place]}, ARGV[3], ARGV[4]})[1]
    local told = cjson.decode(text)
    if told.status == 'refused' then return {text, place} end
    answers[place], deadline = text, math.min(deadline or math.huge, told.hold and told.hold[3] or math.huge)
  end
  return answers, deadline
end

if operation == 'reserve' then
  for _, request in ipairs(requests) do
    if request[4] == 0 then
      for _, meta_key in ipairs(KEYS) do
        local own = tonumber(redis.call('HGET', meta_key, 'hold_ms') or math.huge)
        request[4] = request[4] == 0 and own or math.min(request[4], own)
      end
      if request[4] == math.huge then request[4] = 0 end -- none of them is there: that is the answer
    end
  end
end
local answers, deadline = decide(true)
if not deadline then return answers end
if operation == 'extend' then
  for _, request in ipairs(requests) do request[3] = deadline - now end
end
return (decide(false))
