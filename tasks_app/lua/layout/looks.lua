-- looks: gives a show or product its code and its place on the agenda.
--
-- ARGV[1] show or product   ARGV[2] its entry in the list of codes

redis.call('ZADD', '{inventories}:codes', 0, ARGV[2])
redis.call('ZADD', '{inventories}:expire', 'NX', 0, ARGV[1])
redis.call('ZADD', '{inventories}:forget', 'NX', 0, ARGV[1])
