"""
Every setting that differs from Celery 5.7's own, each with its reason. Read by web, workers and Flower.

W1, T2, D3 and the like name known faults of Celery on Redis: docs/reliability.md lists them all.
"""

from typing import Any

from kombu import Exchange, Queue

from tasks_app.jobs import JOBS, QUEUES

# ---- The broker --------------------------------------------------------------------------------------------
broker_connection_retry_on_startup = True  # a worker may start before its broker
broker_connection_max_retries = None  # default 100, then the worker would give up for good (W9)
broker_channel_error_retry = True  # out of memory, read-only, disk full: wait for better times, not exit 1 (W10)
broker_pool_limit = 16  # publishers are few: one thread a web process, one clock a worker
broker_pool_acquire_timeout = 2.0  # by default a caller waits for ever for a connection that hangs (W7)

broker_transport_options: dict[str, Any] = {
    # Longer than nearly every job, shorter than the longest: a message that comes again while its job runs is
    # harmless, for the job's lease decides, not the message. So a killed worker's messages are back in about
    # a minute.
    "visibility_timeout": 60,
    # Look for them every 5 s; by default a look at 1 of 10 intervals is taken (T1).
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "unacked_restore_limit": 100,  # at most so many in one look, which stops the worker's main loop (T3)
    # Default 300: the lock of a worker killed while it looks stops all others (T2).
    "unacked_mutex_expire": 30,
    # No wait for Redis is longer. Must exceed the 1 s of a blocking pop, which a closing worker waits out.
    # The same for web and workers: publishing is done behind the caller's back (tasks_app/jobs/publisher.py), so
    # nobody waits.
    "socket_timeout": 2.0,
    "socket_connect_timeout": 1.0,
    "socket_keepalive": True,
    # Default 25: a connection cut without a word is noticed after 1 + 10 to 20 s (W8).
    "health_check_interval": 10,
    "max_retries": 0,  # of connecting, by a publisher; the consumer has its own, without end
    # Five levels, 0 first: see tasks_app/jobs/messages.py, which gives every message its level. Strict: a lower
    # level waits while a higher one has messages in any of the worker's queues.
    "priority_steps": [0, 1, 2, 3, 4],
    # Within one level the worker's queues take turns, so that a rush on one does not starve the others.
    "queue_order_strategy": "round_robin",
    # Not set: `retry_on_timeout` would send a message twice after a slow answer (D3).
}

# ---- Queues ------------------------------------------------------------------------------------------------
# One exchange and one routing key a queue: left out, all queues would share one, and one delivery tag for all
# (L8). Messages are sent by the queue's name alone; one for an exchange without a binding would vanish
# without error (L4).
task_queues = tuple(Queue(name, Exchange(name), routing_key=name) for name in QUEUES)
task_default_queue = JOBS
task_create_missing_queues = False  # a typo is an error, not a queue that nobody consumes
task_default_priority = 3  # normal, for a task's `delay`; `send_task` must be told, or it sends at level 0

# ---- Messages ----------------------------------------------------------------------------------------------
accept_content = ["json"]  # pickle would let whoever can write to the broker run code
task_serializer = "json"
event_serializer = "json"
# The record holds what became of a job. A result backend would be a second, weaker truth, and one more place
# to hang.
task_ignore_result = True
# Tried once: the record is the truth and the clock publishes again. A repeat after a timeout would double the
# message.
task_publish_retry = False
task_send_sent_event = False  # Flower is told of jobs, not of messages (worker/flower/feed.py)

# ---- Delivery ----------------------------------------------------------------------------------------------
task_acks_late = True  # acknowledged when done: a killed worker's messages come again (L5)
# Also when only the pool's child was killed (L6); the lease counts the deliveries.
task_reject_on_worker_lost = True
# A message over the limit is acknowledged (Celery's default) and its child killed; requeueing it would do so
# without end. This is for canaries alone: worker/tasks.py gives each type a limit. No soft limit: handlers may be
# in C code.
task_time_limit = 600
# A worker takes no message it cannot start at once, since with late acknowledgement those that run count as
# taken. So `worker_disable_prefetch` would change nothing here.
worker_prefetch_multiplier = 1
worker_eta_task_limit = 100  # we send none; this bounds what anybody else's could hold in memory

# ---- Workers -----------------------------------------------------------------------------------------------
imports = ("worker.tasks",)  # by workers and Flower; publishing imports nothing of the worker
worker_consumer = "worker.celery_patches.consumer:SafeConsumer"  # also puts the fixes of worker/celery_patches in force
worker_send_task_events = True  # for Flower
# When the connection breaks, running jobs go on: ending them gains nothing, as what they did is idempotent
# (D2).
worker_cancel_long_running_tasks_on_connection_loss = False
worker_max_tasks_per_child = 10_000  # memory that leaks in a handler is given back; after the task, so nothing is lost
worker_max_memory_per_child = 500_000  # KiB
worker_proc_alive_timeout = 15.0  # default 4: on a busy machine healthy children would be killed as they start
worker_soft_shutdown_timeout = 10.0  # SIGQUIT: what runs may end within 10 s. SIGTERM waits for it without limit
worker_redirect_stdouts = False  # what a handler prints is printed, not cut into log lines
worker_disable_rate_limits = True  # limits are held in the state, for all workers together
