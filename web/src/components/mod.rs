//! What is on the page. Components draw the state and say what the user did; they decide nothing.

mod app;
mod bits;
mod decide;
mod detail;
mod files;
mod guide;
mod header;
mod panes;
mod results;

pub(crate) use app::{App, AppProps};
