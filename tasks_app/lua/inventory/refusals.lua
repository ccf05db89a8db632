-- refusals: why units cannot be taken, judged after the holds that are due were freed (deadlines.lua).

-- Why these lines cannot be taken now: a code and its numbers; nothing if they can.
local function refusal_now(customer, lines)
  local unknown, short, units
  for _, line in ipairs(lines) do
    local pool = pools[line[1]]
    units = (units or 0) + line[2]
    if not pool then
      unknown = unknown or {}
      unknown[#unknown + 1] = line[1]
    elseif line[2] > pool.cap - pool.held - pool.sold then
      short = short or {}
      short[line[1]] = {asked = line[2], available = pool.cap - pool.held - pool.sold}
    end
  end
  if unknown then return 'unknown_pool', {pools = unknown} end
  if meta.limit then
    if customer == '' then return 'customer_required', {max_per_customer = meta.limit} end
    local present = units_of(customer) + (meta.has_forgotten and units_of(pseudonym(customer)) or 0)
    if present + units > meta.limit then
      return 'limit_exceeded', {max_per_customer = meta.limit, present = present, asked = units}
    end
  end
  if short then return 'sold_out', {pools = short} end
end

-- The same, but frees holds past their deadline first, however many there are, so that none of them is the reason.
local function refusal(customer, lines)
  local code, numbers = refusal_now(customer, lines)
  if code and reap(math.huge) > 0 then return refusal_now(customer, lines) end
  return code, numbers
end
