//! A dialog over the page: the browser's own, which keeps the keyboard and is left with Escape.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::bits::{Icon, icons};
use crate::state::Notice;

/// The last message, for a dialog to show: what the page shows lies behind it.
#[derive(Clone, PartialEq)]
pub(crate) struct LastNotice(pub(crate) Option<Notice>);

#[derive(Properties, PartialEq)]
pub(crate) struct DialogProps {
    /// Names its element.
    pub(crate) id: &'static str,
    pub(crate) title: AttrValue,
    pub(crate) close: Callback<()>,
    pub(crate) children: Html,
}

/// A dialog over the page.
#[component]
pub(crate) fn Dialog(props: &DialogProps) -> Html {
    let element = use_node_ref();
    use_effect_with(element.clone(), |element| {
        if let Some(dialog) = element.cast::<HtmlDialogElement>() {
            let _ = dialog.show_modal();
        }
    });
    let close = props.close.reform(|_: Event| ());
    let outside = {
        let (element, close) = (element.clone(), props.close.clone());
        Callback::from(move |event: MouseEvent| {
            // A click beside the dialog's contents is one on the dialog itself.
            if event.target() == element.get().map(Into::into) {
                close.emit(());
            }
        })
    };
    let notice = use_context::<LastNotice>().and_then(|last| last.0);
    let heading = format!("{}-title", props.id);
    html! {
        <dialog id={props.id} ref={element} aria-labelledby={heading.clone()} onclose={close} onclick={outside}>
            <div class="dialog">
                <div class="dialog-head">
                    <h2 id={heading}>{ &props.title }</h2>
                    <button class="tool" aria-label="Close" onclick={props.close.reform(|_: MouseEvent| ())}>
                        <Icon path={icons::CLOSE} />
                    </button>
                </div>
                { props.children.clone() }
                <p class="dialog-notice" role="status">
                    { notice.map(|notice| notice.text).unwrap_or_default() }
                </p>
            </div>
        </dialog>
    }
}
