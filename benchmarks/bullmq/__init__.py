"""The peer in Node: jobs and reservations by Fastify and BullMQ, as its manual says. npm.py gets its packages."""
