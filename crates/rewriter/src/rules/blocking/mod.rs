//! Functions of Python, Django and other libraries that make their thread wait.

mod answer;
pub(super) mod await_native;
pub(super) mod call_in_thread;
pub(super) mod cpu_bound;
pub(super) mod with_in_thread;
