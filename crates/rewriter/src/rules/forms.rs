//! # forms/call-in-thread
//!
//! What validates, saves or renders a form that asks the database runs in Django's thread.
//!
//! Forms have no async methods in any version. A form over a model looks for rows that are not unique, one with a
//! `ModelChoiceField` fetches the rows to choose from, a formset makes its forms from rows: on the event loop each of
//! these raises `SynchronousOnlyOperation`. A plain form asks nothing and stays as it is, as do `form.cleaned_data`,
//! `form.errors` once it was validated, and `form.save(commit=False)`. Methods of the project (`clean_…`, `__init__`)
//! count by what they do.
//!
//! Safe when the form is at hand; a form that is not is taken to ask.
//!
//! ```python before
//! from django import forms
//!
//! class ProductForm(forms.ModelForm):
//!     class Meta:
//!         model = Product
//!         fields = ["name", "slug", "price", "category"]
//!
//! class SearchForm(forms.Form):
//!     name = forms.CharField(required=False)
//!
//! def add_product(request):
//!     search = SearchForm(request.GET)
//!     form = ProductForm(request.POST or None)
//!     if search.is_valid() and form.is_valid():
//!         product = form.save(commit=False)
//!         product.description = search.cleaned_data["name"]
//!         product.save()
//!         form.save_m2m()
//!     return JsonResponse({"errors": form.errors})
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//! from django import forms
//!
//! class ProductForm(forms.ModelForm):
//!     class Meta:
//!         model = Product
//!         fields = ["name", "slug", "price", "category"]
//!
//! class SearchForm(forms.Form):
//!     name = forms.CharField(required=False)
//!
//! async def add_product(request):
//!     search = SearchForm(request.GET)
//!     form = ProductForm(request.POST or None)
//!     if search.is_valid() and await sync_to_async(form.is_valid)():
//!         product = form.save(commit=False)
//!         product.description = search.cleaned_data["name"]
//!         await product.asave()
//!         await sync_to_async(form.save_m2m)()
//!     return JsonResponse({"errors": form.errors})
//! ```

use unblocked_analyzer::{Evidence, FormPart, Site, SiteKind};
use unblocked_django::topics;

use crate::draft::{Draft, Outcome};
use crate::rules::orm::await_relation::getattr;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Form {
        part,
        callees,
        asks,
    } = &site.kind
    else {
        return None;
    };
    let asks = *asks
        || callees
            .iter()
            .any(|callee| draft.colors.contains_key(callee));
    if !asks {
        return Some(Ok(()));
    }
    let done = match *part {
        FormPart::Call => draft.wrap_call(site.node),
        FormPart::Attribute { object, attribute } => getattr(draft, site.node, object, attribute),
        FormPart::Value(function) => draft.apply_in_thread(site.node, function),
    };
    let why = match site.evidence {
        Evidence::Proven => "of a form that asks the database",
        _ => "of a form that is not at hand, and may ask the database",
    };
    Some(done.map(|()| {
        draft.changed(
            "forms/call-in-thread",
            site.node,
            site.evidence,
            format!("`{}` {why}", draft.excerpt(site.node)),
            "runs in Django's thread through `sync_to_async`: forms have no async methods in any version",
            topics::SYNC_TO_ASYNC,
        );
    }))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, migrate_paste};

    const FORMS: &str = "from django import forms\n\nclass PlainForm(forms.Form):\n    name = forms.CharField()\n\n    def clean_name(self):\n        return self.cleaned_data['name'].strip()\n\nclass AskingForm(PlainForm):\n    def clean(self):\n        if Product.objects.filter(name='a').exists():\n            raise forms.ValidationError('taken')\n\nclass ChoiceForm(forms.Form):\n    tag = forms.ModelChoiceField(queryset=Tag.objects.all())\n\nclass ProductForm(forms.ModelForm):\n    class Meta:\n        model = Product\n        fields = ['name']\n\n    def save(self, commit=True):\n        product = super().save(commit=False)\n        if commit:\n            product.save()\n        return product\n\nItems = forms.inlineformset_factory(Order, Item)\n";

    /// The lines of a view after its migration.
    fn view(body: &str) -> String {
        let before = format!(
            "{FORMS}\ndef view(request, pk):\n{body}    return HttpResponse(Tag.objects.count())\n"
        );
        let after = migrate_paste(&before);
        let at = after.find("async def view").expect("the view is converted");
        after[at..]
            .lines()
            .skip(1)
            .take_while(|line| !line.contains("return"))
            .map(|line| format!("{}\n", line.trim()))
            .collect()
    }

    #[test]
    fn plain_forms_stay() {
        assert_eq!(
            view(
                "    form = PlainForm(request.POST)\n    if form.is_valid():\n        print(form, form.errors)\n"
            ),
            "form = PlainForm(request.POST)\nif form.is_valid():\nprint(form, form.errors)\n"
        );
    }

    #[test]
    fn methods_of_a_form_count_by_what_they_do() {
        assert_eq!(
            view(
                "    form = AskingForm(request.POST)\n    print(form.is_valid())\n    errors = form.errors\n"
            ),
            "form = AskingForm(request.POST)\nprint(await sync_to_async(form.is_valid)())\nerrors = form.errors\n"
        );
        assert_eq!(
            view("    form = ProductForm(request.POST)\n    product = form.save()\n"),
            "form = ProductForm(request.POST)\nproduct = await sync_to_async(form.save)()\n"
        );
    }

    #[test]
    fn rows_to_choose_from_are_fetched_by_rendering_too() {
        assert_eq!(
            view(
                "    form = ChoiceForm()\n    a = str(form)\n    b = f'{form}'\n    c = form.as_p()\n    d = form.fields\n"
            ),
            "form = ChoiceForm()\na = await sync_to_async(str)(form)\nb = f'{await sync_to_async(str)(form)}'\nc = await sync_to_async(form.as_p)()\nd = form.fields\n"
        );
    }

    #[test]
    fn errors_are_free_once_a_form_was_validated() {
        assert_eq!(
            view("    form = ChoiceForm(request.POST)\n    a = form.errors\n    b = form.errors\n"),
            "form = ChoiceForm(request.POST)\na = await sync_to_async(getattr)(form, \"errors\")\nb = form.errors\n"
        );
    }

    #[test]
    fn formsets_make_their_forms_from_rows() {
        assert_eq!(
            view(
                "    items = Items(request.POST)\n    if items.is_valid():\n        items.save()\n    for item in items:\n        print(len(items.forms))\n    first = items[0]\n"
            ),
            "items = Items(request.POST)\nif await sync_to_async(items.is_valid)():\nawait sync_to_async(items.save)()\nfor item in await sync_to_async(list)(items):\nprint(len(await sync_to_async(getattr)(items, \"forms\")))\nfirst = (await sync_to_async(list)(items))[0]\n"
        );
    }

    #[test]
    fn a_form_over_an_instance_fetches_its_many_to_many_rows() {
        let models = "from django import forms\nfrom django.db import models\n\nclass Tag(models.Model):\n    name = models.TextField()\n\nclass Post(models.Model):\n    name = models.TextField()\n    tags = models.ManyToManyField(Tag)\n\nclass NameForm(forms.ModelForm):\n    class Meta:\n        model = Post\n        fields = ['name']\n\nclass TagsForm(NameForm):\n    class Meta(NameForm.Meta):\n        fields = ['name', 'tags']\n        model = Post\n\n";
        check(
            &format!(
                "{models}def view(request, pk):\n    post = Post.objects.get(pk=pk)\n    a = NameForm(instance=post)\n    b = TagsForm(request.POST, instance=post)\n    c = TagsForm(request.POST)\n    return HttpResponse()\n"
            ),
            &format!(
                "{}async def view(request, pk):\n    post = await Post.objects.aget(pk=pk)\n    a = NameForm(instance=post)\n    b = await sync_to_async(TagsForm)(request.POST, instance=post)\n    c = TagsForm(request.POST)\n    return HttpResponse()\n",
                models.replacen(
                    "from django",
                    "from asgiref.sync import sync_to_async\nfrom django",
                    1
                )
            ),
        );
    }

    #[test]
    fn what_a_form_was_given_is_known() {
        let models = "from django import forms\nfrom django.db import models\n\nclass Person(models.Model):\n    name = models.TextField()\n\nclass Tag(models.Model):\n    name = models.TextField()\n    owner = models.ForeignKey(Person, models.CASCADE)\n\nclass Post(models.Model):\n    name = models.TextField()\n    author = models.ForeignKey(Person, models.CASCADE)\n    tags = models.ManyToManyField(Tag)\n\nclass PostForm(forms.ModelForm):\n    main = forms.ModelChoiceField(Tag.objects.filter(name='a'))\n\n    class Meta:\n        model = Post\n        fields = ['name', 'author', 'tags']\n\n";
        check(
            &format!(
                "{models}def view(request):\n    form = PostForm(request.POST)\n    if not form.is_valid():\n        return HttpResponse(status=400)\n    data = form.cleaned_data\n    names = [tag.name for tag in data['tags']] + [data['name'].upper(), data['author'].name]\n    names.append(form.cleaned_data['main'].owner.name)\n    other = data.get('main')\n    if other and data['tags'].filter(pk=1).exists():\n        names.append(other.owner.name)\n    return JsonResponse(names, safe=False)\n"
            ),
            &format!(
                "{}async def view(request):\n    form = PostForm(request.POST)\n    if not await sync_to_async(form.is_valid)():\n        return HttpResponse(status=400)\n    data = form.cleaned_data\n    names = [tag.name async for tag in data['tags']] + [data['name'].upper(), data['author'].name]\n    names.append((await sync_to_async(getattr)(form.cleaned_data['main'], \"owner\")).name)\n    other = data.get('main')\n    if other and await data['tags'].filter(pk=1).aexists():\n        names.append((await sync_to_async(getattr)(other, \"owner\")).name)\n    return JsonResponse(names, safe=False)\n",
                models.replacen(
                    "from django",
                    "from asgiref.sync import sync_to_async\nfrom django",
                    1
                )
            ),
        );
    }

    #[test]
    fn forms_of_a_formset_ask_when_they_are_rendered() {
        assert_eq!(
            view(
                "    items = Items(request.POST)\n    a = str(items[0])\n    for form in items:\n        print(form.as_p(), form.is_valid())\n"
            ),
            "items = Items(request.POST)\na = await sync_to_async(str)((await sync_to_async(list)(items))[0])\nfor form in await sync_to_async(list)(items):\nprint(await sync_to_async(form.as_p)(), await sync_to_async(form.is_valid)())\n"
        );
    }

    #[test]
    fn what_saves_something_else_stays() {
        check_unchanged("image.save('a.png')\nok = validator.is_valid()\nerrors = result.errors\n");
    }
}
