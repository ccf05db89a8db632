-- requests: what jobs about reservations ask of an inventory. It comes before decide.lua, which uses it.
--
-- Each function makes the request of a job from its data, as the inventory's script takes it; nil when the data are not
-- what the API writes: then the handler decides (worker/inventory/reservations.py).

local MAX_UNITS = 1000000000 -- tasks_app/inventory/holds.py has it too

local function is_flag(value) return value == nil or type(value) == 'boolean' end

-- Seconds as whole ms, above 0. Lua would round a half differently from Python.
local function milliseconds(seconds)
  if type(seconds) ~= 'number' or seconds <= 0 or seconds * 1000 % 1 == 0.5 then return nil end
  local rounded = math.floor(seconds * 1000 + 0.5)
  return rounded > 0 and rounded or nil
end

local function lines_of(lines)
  if type(lines) ~= 'table' or #lines == 0 then return nil end
  local wanted = {}
  for i, line in ipairs(lines) do
    local pool, quantity = line.pool, line.quantity
    if type(pool) ~= 'string' or type(quantity) ~= 'number' or quantity % 1 ~= 0 or quantity < 1 or quantity > MAX_UNITS then
      return nil
    end
    wanted[i] = { pool, quantity }
  end
  return wanted
end

local function reservation(id, data, metadata)
  local lines, customer, hold_ms = lines_of(data.lines), data.customer, 0
  if customer == cjson.null then customer = nil end
  if data.hold_seconds ~= nil and data.hold_seconds ~= cjson.null then hold_ms = milliseconds(data.hold_seconds) end
  if not (lines and hold_ms and is_flag(data.sell) and is_flag(data.strict)) then return nil end
  if customer ~= nil and type(customer) ~= 'string' then return nil end
  return { id, customer or '', lines, hold_ms, data.sell and 1 or 0, metadata or '' }
end

local REQUESTS = {
  reserve_seat = reservation,
  reserve_stock = reservation,
  confirm = function(_, data)
    if is_flag(data.reacquire) then return { data.reservation, data.reacquire and 1 or 0 } end
  end,
  extend = function(id, data)
    local extend_ms = milliseconds(data.seconds)
    if extend_ms then return { id, data.reservation, extend_ms } end
  end,
  reduce = function(id, data)
    local lines = lines_of(data.lines)
    if lines then return { id, data.reservation, lines } end
  end,
  release = function(_, data) return { data.reservation } end,
}

-- The data as they were given: for lines and a customer, the record keeps a shorter form (record_values.py).
local function given(data)
  if #data < 3 then return data end
  local lines = {}
  for n = 2, #data, 2 do lines[n / 2] = { pool = data[n], quantity = data[n + 1] } end
  return { lines = lines, customer = data[1] ~= '' and data[1] or nil }
end

-- The data of a job and its request, or nil. `metadata` is its text, or false.
local function request_of(job_type, id, text, metadata)
  local is_json, data = pcall(cjson.decode, text)
  if not is_json or type(data) ~= 'table' then return nil end
  data = given(data)
  if data.others then return nil end -- it is about several shows and products: the handler decides it in all of them
  local is_about = job_type:sub(1, 7) == 'reserve' or type(data.reservation) == 'string'
  local is_plain, request = pcall(REQUESTS[job_type], id, data, metadata)
  if is_about and is_plain and request then return data, request end
end
