//! The async forms of methods, made from `data/async_api.json`: `UPDATE=1 cargo test -p unblocked-django`.

use crate::owner::{Methods, form};

pub(crate) const QUERY_SET: Methods = &[
    ("__iter__", form("__aiter__", 4, 1, true)),
    ("aggregate", form("aaggregate", 4, 1, false)),
    ("bulk_create", form("abulk_create", 4, 1, false)),
    ("bulk_update", form("abulk_update", 4, 1, false)),
    ("contains", form("acontains", 4, 1, false)),
    ("count", form("acount", 4, 1, false)),
    ("create", form("acreate", 4, 1, false)),
    ("delete", form("adelete", 4, 1, false)),
    ("earliest", form("aearliest", 4, 1, false)),
    ("exists", form("aexists", 4, 1, false)),
    ("explain", form("aexplain", 4, 1, false)),
    ("first", form("afirst", 4, 1, false)),
    ("get", form("aget", 4, 1, false)),
    ("get_or_create", form("aget_or_create", 4, 1, false)),
    ("in_bulk", form("ain_bulk", 4, 1, false)),
    ("iterator", form("aiterator", 4, 1, true)),
    ("last", form("alast", 4, 1, false)),
    ("latest", form("alatest", 4, 1, false)),
    ("update", form("aupdate", 4, 1, false)),
    ("update_or_create", form("aupdate_or_create", 4, 1, false)),
];

pub(crate) const RAW_QUERY_SET: Methods = &[("__iter__", form("__aiter__", 4, 1, true))];

pub(crate) const MANAGER: Methods = &[
    ("aggregate", form("aaggregate", 4, 1, false)),
    ("bulk_create", form("abulk_create", 4, 1, false)),
    ("bulk_update", form("abulk_update", 4, 1, false)),
    ("contains", form("acontains", 4, 1, false)),
    ("count", form("acount", 4, 1, false)),
    ("create", form("acreate", 4, 1, false)),
    ("earliest", form("aearliest", 4, 1, false)),
    ("exists", form("aexists", 4, 1, false)),
    ("explain", form("aexplain", 4, 1, false)),
    ("first", form("afirst", 4, 1, false)),
    ("get", form("aget", 4, 1, false)),
    ("get_or_create", form("aget_or_create", 4, 1, false)),
    ("in_bulk", form("ain_bulk", 4, 1, false)),
    ("iterator", form("aiterator", 4, 1, true)),
    ("last", form("alast", 4, 1, false)),
    ("latest", form("alatest", 4, 1, false)),
    ("update", form("aupdate", 4, 1, false)),
    ("update_or_create", form("aupdate_or_create", 4, 1, false)),
];

pub(crate) const USER_MANAGER: Methods = &[
    ("aggregate", form("aaggregate", 4, 1, false)),
    ("bulk_create", form("abulk_create", 4, 1, false)),
    ("bulk_update", form("abulk_update", 4, 1, false)),
    ("contains", form("acontains", 4, 1, false)),
    ("count", form("acount", 4, 1, false)),
    ("create", form("acreate", 4, 1, false)),
    ("create_superuser", form("acreate_superuser", 5, 2, false)),
    ("create_user", form("acreate_user", 5, 2, false)),
    ("earliest", form("aearliest", 4, 1, false)),
    ("exists", form("aexists", 4, 1, false)),
    ("explain", form("aexplain", 4, 1, false)),
    ("first", form("afirst", 4, 1, false)),
    ("get", form("aget", 4, 1, false)),
    (
        "get_by_natural_key",
        form("aget_by_natural_key", 5, 2, false),
    ),
    ("get_or_create", form("aget_or_create", 4, 1, false)),
    ("in_bulk", form("ain_bulk", 4, 1, false)),
    ("iterator", form("aiterator", 4, 1, true)),
    ("last", form("alast", 4, 1, false)),
    ("latest", form("alatest", 4, 1, false)),
    ("update", form("aupdate", 4, 1, false)),
    ("update_or_create", form("aupdate_or_create", 4, 1, false)),
];

pub(crate) const BASE_USER_MANAGER: Methods = &[(
    "get_by_natural_key",
    form("aget_by_natural_key", 5, 2, false),
)];

pub(crate) const RELATED_MANAGER: Methods = &[
    ("add", form("aadd", 4, 2, false)),
    ("aggregate", form("aaggregate", 4, 1, false)),
    ("bulk_create", form("abulk_create", 4, 1, false)),
    ("bulk_update", form("abulk_update", 4, 1, false)),
    ("clear", form("aclear", 4, 2, false)),
    ("contains", form("acontains", 4, 1, false)),
    ("count", form("acount", 4, 1, false)),
    ("create", form("acreate", 4, 1, false)),
    ("earliest", form("aearliest", 4, 1, false)),
    ("exists", form("aexists", 4, 1, false)),
    ("explain", form("aexplain", 4, 1, false)),
    ("first", form("afirst", 4, 1, false)),
    ("get", form("aget", 4, 1, false)),
    ("get_or_create", form("aget_or_create", 4, 1, false)),
    ("in_bulk", form("ain_bulk", 4, 1, false)),
    ("iterator", form("aiterator", 4, 1, true)),
    ("last", form("alast", 4, 1, false)),
    ("latest", form("alatest", 4, 1, false)),
    ("remove", form("aremove", 4, 2, false)),
    ("set", form("aset", 4, 2, false)),
    ("update", form("aupdate", 4, 1, false)),
    ("update_or_create", form("aupdate_or_create", 4, 1, false)),
];

pub(crate) const MANY_RELATED_MANAGER: Methods = &[
    ("add", form("aadd", 4, 2, false)),
    ("aggregate", form("aaggregate", 4, 1, false)),
    ("bulk_create", form("abulk_create", 4, 1, false)),
    ("bulk_update", form("abulk_update", 4, 1, false)),
    ("clear", form("aclear", 4, 2, false)),
    ("contains", form("acontains", 4, 1, false)),
    ("count", form("acount", 4, 1, false)),
    ("create", form("acreate", 4, 1, false)),
    ("earliest", form("aearliest", 4, 1, false)),
    ("exists", form("aexists", 4, 1, false)),
    ("explain", form("aexplain", 4, 1, false)),
    ("first", form("afirst", 4, 1, false)),
    ("get", form("aget", 4, 1, false)),
    ("get_or_create", form("aget_or_create", 4, 1, false)),
    ("in_bulk", form("ain_bulk", 4, 1, false)),
    ("iterator", form("aiterator", 4, 1, true)),
    ("last", form("alast", 4, 1, false)),
    ("latest", form("alatest", 4, 1, false)),
    ("remove", form("aremove", 4, 2, false)),
    ("set", form("aset", 4, 2, false)),
    ("update", form("aupdate", 4, 1, false)),
    ("update_or_create", form("aupdate_or_create", 4, 1, false)),
];

pub(crate) const GENERIC_RELATED_MANAGER: Methods = &[
    ("add", form("aadd", 4, 2, false)),
    ("aggregate", form("aaggregate", 4, 1, false)),
    ("bulk_create", form("abulk_create", 4, 1, false)),
    ("bulk_update", form("abulk_update", 4, 1, false)),
    ("clear", form("aclear", 4, 2, false)),
    ("contains", form("acontains", 4, 1, false)),
    ("count", form("acount", 4, 1, false)),
    ("create", form("acreate", 4, 1, false)),
    ("earliest", form("aearliest", 4, 1, false)),
    ("exists", form("aexists", 4, 1, false)),
    ("explain", form("aexplain", 4, 1, false)),
    ("first", form("afirst", 4, 1, false)),
    ("get", form("aget", 4, 1, false)),
    ("get_or_create", form("aget_or_create", 4, 1, false)),
    ("in_bulk", form("ain_bulk", 4, 1, false)),
    ("iterator", form("aiterator", 4, 1, true)),
    ("last", form("alast", 4, 1, false)),
    ("latest", form("alatest", 4, 1, false)),
    ("remove", form("aremove", 4, 2, false)),
    ("set", form("aset", 4, 2, false)),
    ("update", form("aupdate", 4, 1, false)),
    ("update_or_create", form("aupdate_or_create", 4, 1, false)),
];

pub(crate) const MODEL: Methods = &[
    ("delete", form("adelete", 4, 2, false)),
    ("refresh_from_db", form("arefresh_from_db", 4, 2, false)),
    ("save", form("asave", 4, 2, false)),
];

pub(crate) const ABSTRACT_BASE_USER: Methods =
    &[("check_password", form("acheck_password", 5, 0, false))];

pub(crate) const PERMISSIONS_MIXIN: Methods = &[
    (
        "get_all_permissions",
        form("aget_all_permissions", 5, 2, false),
    ),
    (
        "get_group_permissions",
        form("aget_group_permissions", 5, 2, false),
    ),
    (
        "get_user_permissions",
        form("aget_user_permissions", 5, 2, false),
    ),
    ("has_module_perms", form("ahas_module_perms", 5, 2, false)),
    ("has_perm", form("ahas_perm", 5, 2, false)),
    ("has_perms", form("ahas_perms", 5, 2, false)),
];

pub(crate) const ANONYMOUS_USER: Methods = &[
    (
        "get_all_permissions",
        form("aget_all_permissions", 5, 2, false),
    ),
    (
        "get_group_permissions",
        form("aget_group_permissions", 5, 2, false),
    ),
    (
        "get_user_permissions",
        form("aget_user_permissions", 5, 2, false),
    ),
    ("has_module_perms", form("ahas_module_perms", 5, 2, false)),
    ("has_perm", form("ahas_perm", 5, 2, false)),
    ("has_perms", form("ahas_perms", 5, 2, false)),
];

pub(crate) const SESSION: Methods = &[
    ("clear_expired", form("aclear_expired", 5, 1, false)),
    ("create", form("acreate", 5, 1, false)),
    ("cycle_key", form("acycle_key", 5, 1, false)),
    ("delete", form("adelete", 5, 1, false)),
    (
        "delete_test_cookie",
        form("adelete_test_cookie", 5, 1, false),
    ),
    ("exists", form("aexists", 5, 1, false)),
    ("flush", form("aflush", 5, 1, false)),
    ("get", form("aget", 5, 1, false)),
    (
        "get_expire_at_browser_close",
        form("aget_expire_at_browser_close", 5, 1, false),
    ),
    ("get_expiry_age", form("aget_expiry_age", 5, 1, false)),
    ("get_expiry_date", form("aget_expiry_date", 5, 1, false)),
    ("has_key", form("ahas_key", 5, 1, false)),
    ("items", form("aitems", 5, 1, false)),
    ("keys", form("akeys", 5, 1, false)),
    ("load", form("aload", 5, 1, false)),
    ("pop", form("apop", 5, 1, false)),
    ("save", form("asave", 5, 1, false)),
    ("set_expiry", form("aset_expiry", 5, 1, false)),
    ("set_test_cookie", form("aset_test_cookie", 5, 1, false)),
    ("setdefault", form("asetdefault", 5, 1, false)),
    (
        "test_cookie_worked",
        form("atest_cookie_worked", 5, 1, false),
    ),
    ("update", form("aupdate", 5, 1, false)),
    ("values", form("avalues", 5, 1, false)),
];

pub(crate) const CACHE: Methods = &[
    ("add", form("aadd", 4, 0, false)),
    ("clear", form("aclear", 4, 0, false)),
    ("close", form("aclose", 4, 0, false)),
    ("decr", form("adecr", 4, 0, false)),
    ("decr_version", form("adecr_version", 4, 0, false)),
    ("delete", form("adelete", 4, 0, false)),
    ("delete_many", form("adelete_many", 4, 0, false)),
    ("get", form("aget", 4, 0, false)),
    ("get_many", form("aget_many", 4, 0, false)),
    ("get_or_set", form("aget_or_set", 4, 0, false)),
    ("has_key", form("ahas_key", 4, 0, false)),
    ("incr", form("aincr", 4, 0, false)),
    ("incr_version", form("aincr_version", 4, 0, false)),
    ("set", form("aset", 4, 0, false)),
    ("set_many", form("aset_many", 4, 0, false)),
    ("touch", form("atouch", 4, 0, false)),
];

pub(crate) const SIGNAL: Methods = &[
    ("send", form("asend", 5, 0, false)),
    ("send_robust", form("asend_robust", 5, 0, false)),
];

pub(crate) const TASK: Methods = &[
    ("call", form("acall", 6, 0, false)),
    ("enqueue", form("aenqueue", 6, 0, false)),
    ("get_result", form("aget_result", 6, 0, false)),
];

pub(crate) const TASK_RESULT: Methods = &[("refresh", form("arefresh", 6, 0, false))];
