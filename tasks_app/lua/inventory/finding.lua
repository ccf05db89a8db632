-- finding: the lists by which reservations are found, those of a customer and those of a value of a declared key of
-- their metadata (inventory_keys.py, `found`). The scripts that take and forget a hold write them in the same step.

local FOUND_BYTES = 800 -- the longest value by which a reservation is found: 200 characters in UTF-8
local listings = {} -- {list, moment, hold id, list, moment, hold id, ...}: what this script adds

-- The text by which a value is found; nil for all but texts and whole numbers.
local function findable(value)
  if type(value) == 'number' and value % 1 == 0 and math.abs(value) < 2 ^ 53 then value = string.format('%d', value) end
  return type(value) == 'string' and value ~= '' and #value <= FOUND_BYTES and value or nil
end

-- Add the lists of the values under the names in `declared`; nil = under any name: when the hold was taken, the declared
-- names may have been others.
local function add_metadata_lists(lists, text, declared)
  local metadata = cjson.decode(text)
  local function add(name)
    local value, by = findable(metadata[name]), 'metadata.' .. name
    if value then lists[#lists + 1] = KEY.found(by, value) end
  end
  if declared then
    for _, name in ipairs(declared) do add(name) end
  else
    for name in pairs(metadata) do add(name) end
  end
end

-- Of the holds of a reservation of several shows and products, only the first is in lists.
local function lists_of(hold, declared)
  local lists = {}
  if hold[OTHERS] and #hold[OTHERS] == 0 then return lists end
  if hold[CUSTOMER] ~= '' then lists[1] = KEY.found('customer', hold[CUSTOMER]) end
  if hold[METADATA] and hold[METADATA] ~= '' then add_metadata_lists(lists, hold[METADATA], declared) end
  return lists
end

local function enlist(id, hold, declared)
  for _, list in ipairs(lists_of(hold, declared)) do
    local n = #listings
    listings[n + 1], listings[n + 2], listings[n + 3] = list, string.format('%d', hold[AT]), id
  end
end

local function write_listings()
  for n = 1, #listings, 3 do redis.call('ZADD', listings[n], listings[n + 1], listings[n + 2]) end
end

local function delist(id, hold)
  for _, list in ipairs(lists_of(hold)) do redis.call('ZREM', list, id) end
end
