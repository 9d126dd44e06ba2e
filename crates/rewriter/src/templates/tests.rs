use unblocked_analyzer::Workspace;

use crate::options::Templates;
use crate::{FileReport, Options, migrate};

const SETTINGS: &str = "TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'OPTIONS': {'context_processors': ['django.contrib.auth.context_processors.auth', 'django.template.context_processors.request', 'shop.context.site']}}]\n";

const CONTEXT: &str = "def site(request):\n    return {'site': 'Shop'}\n";

const MODELS: &str = "from django.db import models

class Customer(models.Model):
    name = models.CharField(max_length=9)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name='orders')
    number = models.IntegerField()

    def __str__(self):
        return self.customer.name

    def label(self):
        return f'#{self.number}'

class Item(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name='items')
";

/// The view after its migration, with what was found, beside these templates and the settings.
fn after(context: &str, templates: &[(&str, &str)], form: Templates) -> FileReport {
    after_with(context, templates, form, Some(SETTINGS))
}

fn after_with(
    context: &str,
    templates: &[(&str, &str)],
    form: Templates,
    settings: Option<&str>,
) -> FileReport {
    let view = format!(
        "from django.shortcuts import render\n\nfrom .models import Customer, Item, Order\n\ndef view(request, pk):\n    order = Order.objects.get(pk=pk)\n    orders = Order.objects.filter(pk=pk)\n    return render(request, 'page.html', {context})\n"
    );
    let mut workspace = Workspace::new();
    workspace.set_file("shop/views.py", &view);
    workspace.set_file("shop/models.py", MODELS);
    workspace.set_file("shop/context.py", CONTEXT);
    if let Some(settings) = settings {
        workspace.set_file("shop/settings.py", settings);
    }
    for (name, text) in templates {
        workspace.set_file(&format!("shop/templates/{name}"), text);
    }
    let options = Options {
        templates: form,
        ..Options::default()
    };
    let report = migrate(&workspace, &options);
    report
        .files
        .into_iter()
        .find(|file| file.path == "shop/views.py")
        .expect("the views are reported")
}

fn is_plain(context: &str, templates: &[(&str, &str)]) -> bool {
    let after = after(context, templates, Templates::Wrap).after;
    assert!(after.contains("async def view"), "{after}");
    after.contains("return render(")
}

#[test]
fn render_stays_where_nothing_asks() {
    for page in [
        "{{ order.number|intcomma }} {{ order.pk }} {{ order.customer_id }} {{ missing.name }} {{ site|upper }}",
        "{% if order.number > 3 and site %}{{ order.label }}{% else %}{% url 'home' order.pk %}{% endif %}",
        "{% for name in names %}{{ forloop.counter }} {{ name }}{% empty %}{% endfor %}{{ names|length }}",
        "{% load static i18n %}{% static 'a.css' %}{% blocktranslate with n=order.number %}{{ n }}{% endblocktranslate %}{% csrf_token %}{{ request.GET.q }}",
    ] {
        assert!(
            is_plain("{'order': order, 'names': ['a']}", &[("page.html", page)]),
            "{page}"
        );
    }
}

#[test]
fn render_runs_in_the_thread_where_anything_may_ask() {
    for page in [
        "{{ order.customer.name }}",
        "{{ order }}",
        "{{ orders|length }}",
        "{% for order in orders %}{% endfor %}",
        "{% for item in order.items.all %}{% endfor %}",
        "{{ order.items.count }}",
        "{% if user.is_authenticated %}{% endif %}",
        "{% if perms.shop %}{% endif %}",
        "{{ request.user }}",
        "{{ request.session.a }}",
        "{% load shop %}{% basket %}",
        "{{ order.number|shop_filter }}",
        "{% include name %}",
        "{% extends 'missing.html' %}",
        "{{ form }}",
        "{% cache 5 a %}{% endcache %}",
    ] {
        assert!(
            !is_plain(
                "{'order': order, 'orders': orders, 'form': unknown()}",
                &[("page.html", page)]
            ),
            "{page}"
        );
    }
}

#[test]
fn what_is_not_at_hand_may_ask() {
    let page = ("page.html", "{{ order.number }}");
    let context = "{'order': order}";
    assert!(is_plain(context, &[page]));
    assert!(!is_plain(context, &[]), "no template");
    assert!(
        !is_plain("{'order': order, **more(pk)}", &[page]),
        "more in the context"
    );
    assert!(
        !is_plain(context, &[page, ("x/templates/page.html", "")]),
        "two templates"
    );
    for settings in [
        None,
        Some("TEMPLATES = []\nTEMPLATES += more\n"),
        Some("DEBUG = True\n"),
    ] {
        let file = after_with(context, &[page], Templates::Wrap, settings);
        assert!(file.after.contains("sync_to_async(render)"), "{settings:?}");
    }
    let lazy = SETTINGS.replace("shop.context.site", "shop.context.missing");
    let file = after_with(context, &[page], Templates::Wrap, Some(&lazy));
    assert!(file.after.contains("sync_to_async(render)"));
}

#[test]
fn a_dictionary_of_the_function_is_followed() {
    let page = [(
        "page.html",
        "{{ order.number }}{% for o in orders %}{{ o }}{% endfor %}",
    )];
    let with = |lines: &str| {
        let view = format!(
            "from django.shortcuts import render\n\nfrom .models import Order\n\ndef view(request, pk):\n{lines}    return render(request, 'page.html', context)\n"
        );
        let mut workspace = Workspace::new();
        workspace.set_file("shop/views.py", &view);
        workspace.set_file("shop/models.py", MODELS);
        workspace.set_file("shop/context.py", CONTEXT);
        workspace.set_file("shop/settings.py", SETTINGS);
        for (name, text) in page {
            workspace.set_file(&format!("shop/templates/{name}"), text);
        }
        let report = migrate(&workspace, &Options::default());
        let file = report
            .files
            .into_iter()
            .find(|file| file.path == "shop/views.py");
        file.expect("the views are reported")
            .after
            .contains("return render(")
    };
    assert!(with(
        "    context = {'order': Order.objects.get(pk=pk)}\n    context['page'] = 1\n"
    ));
    assert!(!with(
        "    context = {'order': Order.objects.get(pk=pk)}\n    context['orders'] = Order.objects.all()\n"
    ));
    assert!(!with(
        "    context = {'order': Order.objects.get(pk=pk)}\n    fill(context)\n"
    ));
    assert!(!with(
        "    context = {'order': Order.objects.get(pk=pk)}\n    other = context\n    other['orders'] = 1\n"
    ));
}

#[test]
fn bases_and_included_templates_are_read() {
    let base = (
        "base.html",
        "{% for n in names %}{% block content %}{% endblock %}{% endfor %}{{ site }}",
    );
    let part = ("part.html", "{{ one.number }}");
    let page = (
        "page.html",
        "{% extends 'base.html' %}{% block content %}{% include 'part.html' with one=order %}{% endblock %}",
    );
    let context = "{'order': order, 'names': ['a']}";
    assert!(is_plain(context, &[base, part, page]));
    assert!(!is_plain(
        context,
        &[base, ("part.html", "{{ one.customer.name }}"), page]
    ));
    assert!(!is_plain(
        context,
        &[("base.html", "{{ user }}"), part, page]
    ));
    let block = (
        "page.html",
        "{% extends 'base.html' %}{% block content %}{{ n.customer }}{% endblock %}",
    );
    assert!(
        !is_plain(context, &[base, block]),
        "a loop's name in a block"
    );
    assert!(
        !is_plain(context, &[("page.html", "{% include 'page.html' %}")]),
        "no end"
    );
}

#[test]
fn loaded_relations_are_free_in_templates_too() {
    let order = |loaded: &str| format!("{{'order': Order.objects.{loaded}.get(pk=pk)}}");
    let page = ("page.html", "{{ order.customer.name }}{{ order }}");
    assert!(
        !is_plain(&order("select_related('customer')"), &[page]),
        "`__str__` asks, as far as is known"
    );
    let page = ("page.html", "{{ order.customer.name }}");
    assert!(is_plain(&order("select_related('customer')"), &[page]));
    assert!(!is_plain(&order("all()"), &[page]));
    let page = (
        "page.html",
        "{% for item in order.items.all %}{{ item.order.number }}{{ item.pk }}{% endfor %}",
    );
    assert!(is_plain(
        &order("prefetch_related('items__order')"),
        &[page]
    ));
    let page = ("page.html", "{{ order.number }}");
    assert!(!is_plain(&order("defer('number')"), &[page]));
}

#[test]
fn it_says_what_asks_and_where() {
    let file = after(
        "{'order': order, 'orders': orders}",
        &[(
            "page.html",
            "<h1>\n{{ order.customer.name }}\n{% for o in orders %}{{ o }}{% endfor %}{{ user }}",
        )],
        Templates::Wrap,
    );
    let finding = file
        .findings
        .iter()
        .find(|finding| finding.rule == "shortcuts/wrap-render")
        .expect("render is wrapped");
    assert_eq!(
        finding.message,
        "rendering `page.html` asks the database: it reads `order.customer` (shop/templates/page.html:2), `orders` (shop/templates/page.html:3), `o` (shop/templates/page.html:3), and 1 more"
    );
}

#[test]
fn an_evaluated_context_is_fetched_before() {
    let context = "{'orders': orders, 'n': 1}";
    let rows = "{% for order in orders %}{{ order.number }}{% endfor %}{{ orders|length }}";
    let with = |page: &str| after(context, &[("page.html", page)], Templates::Evaluate).after;
    let fetched =
        "{'orders': [order_ async for order_ in orders], 'n': 1})".replace("order_", "row");
    assert!(
        with(rows).contains(&format!(
            "    return render(request, 'page.html', {fetched}"
        )),
        "{}",
        with(rows)
    );
    let asks = format!("{rows}{{{{ user }}}}");
    assert!(
        with(&asks).contains(&format!(
            "return await sync_to_async(render)(request, 'page.html', {fetched}"
        )),
        "{}",
        with(&asks)
    );
    for lazy in [
        "{{ orders.count }}",
        "{{ orders }}",
        "{% with all=orders %}{% endwith %}",
    ] {
        assert!(
            with(lazy).contains(
                "await sync_to_async(render)(request, 'page.html', {'orders': orders, 'n': 1})"
            ),
            "{lazy}: {}",
            with(lazy)
        );
    }
}
