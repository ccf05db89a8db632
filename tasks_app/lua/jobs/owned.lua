-- owned: is a job about a customer? It comes before the scripts that ask.
--
-- It is if its data name the customer as `customer`, `to` or `phoneNumber`, or if its key is the customer's name.

local NAME, PYTHONS, ITS_OWN -- the name, and how it stands in a JSON text: as Python writes it, and as scripts do

local function look_for(name, encoded)
  NAME, PYTHONS, ITS_OWN = name, encoded, cjson.encode(name)
end

local function has_name(text)
  return text and (text:find(PYTHONS, 1, true) or text:find(ITS_OWN, 1, true)) and true or false
end

-- The data if they are about the customer, {} if only the key is; otherwise nil.
local function about_customer(key, text)
  if has_name(text) then
    local is_json, data = pcall(cjson.decode, text)
    if is_json and type(data) == 'table' then
      if #data >= 3 and data[1] == NAME then return data end -- the short form of record_values.py
      if data.customer == NAME or data.to == NAME or data.phoneNumber == NAME then return data end
    end
  end
  return key == NAME and {} or nil
end
