//! Clients of databases, brokers and clouds.

use super::Blocking;
use crate::Effect::{self, Network, Queue};

const REDIS: &str = "https://redis.readthedocs.io/en/stable/examples/asyncio_examples.html";
const BOTO3: &str = "https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html";
const CELERY: &str = "https://docs.celeryq.dev/en/stable/userguide/calling.html";
const PSYCOPG2: &str = "https://www.psycopg.org/docs/";
const PSYCOPG: &str = "https://www.psycopg.org/psycopg3/docs/advanced/async.html";
const PARAMIKO: &str = "https://docs.paramiko.org/en/stable/api/client.html";

const fn net(path: &'static str, docs: &'static str) -> Blocking {
    Blocking::thread(path, Network, docs)
}

/// A task may run at once (eager mode) and use the database, and its broker may be the database.
const fn celery(path: &'static str, effect: Effect) -> Blocking {
    Blocking::django(path, effect, CELERY)
}

const REDIS_NOTE: &str = "`redis.asyncio.Redis` has the same methods as coroutines.";
const BROKER: &str = "Publishing waits for the broker, for seconds when it is down.";

pub(super) const ENTRIES: &[Blocking] = &[
    net("redis.Redis.*", REDIS).note(REDIS_NOTE),
    net("redis.Redis.pipeline", REDIS).lazy().note(REDIS_NOTE),
    net("redis.Redis.pubsub", REDIS).lazy().note(REDIS_NOTE),
    net("redis.Redis.lock", REDIS).lazy().note(REDIS_NOTE),
    net("redis.Redis.scan_iter", REDIS).lazy().note(REDIS_NOTE),
    net("boto3.client.*", BOTO3),
    net("boto3.client.get_paginator", BOTO3).lazy(),
    net("boto3.client.get_waiter", BOTO3).lazy(),
    celery("celery.Task.delay", Queue).note(BROKER),
    celery("celery.Task.apply_async", Queue).note(BROKER),
    celery("celery.Task.apply", Queue).note("Runs the task here and now."),
    celery("celery.result.AsyncResult.get", Queue),
    celery("celery.result.AsyncResult.ready", Queue),
    celery("celery.Celery.send_task", Queue).note(BROKER),
    net("psycopg2.connect", PSYCOPG2).lazy(),
    net("psycopg.connect", PSYCOPG).lazy(),
    net("paramiko.SSHClient.connect", PARAMIKO),
    net("paramiko.SSHClient.exec_command", PARAMIKO).lazy(),
];
