//! What is on the page. Components draw the state and say what the user did; they decide nothing.

mod app;
mod area;
mod bits;
mod decide;
mod detail;
mod dialog;
mod export;
mod files;
pub(crate) mod guide;
mod header;
mod history;
mod palette;
mod panels;
mod panes;
mod project;
mod results;
mod share;
mod update;

pub(crate) use app::{App, AppProps};
pub(crate) use bits::grouped;
