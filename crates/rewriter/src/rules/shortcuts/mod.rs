//! `django.shortcuts` and other functions of Django's with async forms.

pub(super) mod await_function;
pub(super) mod evaluate_context;
pub(super) mod template_response;
pub(super) mod wrap_function;
pub(super) mod wrap_render;
