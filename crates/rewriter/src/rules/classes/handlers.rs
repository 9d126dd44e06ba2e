//! # classes/handlers
//!
//! The handlers of a class-based view become async together, with `dispatch`, `options` and the helpers that they call.
//!
//! Django refuses a class whose handlers are of both kinds (`HTTP handlers must either be all sync or all async`),
//! inherited ones included, and `self.load()` may mean a method of any class that shares it. So a class is converted with
//! the classes and mixins that it shares handlers with, in other files too, or left as it is, with the reason. A method that
//! Django calls itself (`setup`, `test_func`) stays synchronous. A generic view is converted when something but its database
//! makes it wait, be it in a hook (see `classes/inherited-handlers`); otherwise async gains nothing. A base class that is not
//! at hand keeps its views as they are.
//!
//! Async handlers work from Django 4.1 on.
//!
//! Safe.
//!
//! ```python before
//! from django.views import View
//!
//!
//! class Stock(View):
//!     def get(self, request, pk):
//!         product = self.load(pk)
//!         return JsonResponse({"name": product.name, "stock": product.stock})
//!
//!     def delete(self, request, pk):
//!         self.load(pk).delete()
//!         return HttpResponse(status=204)
//!
//!     def load(self, pk):
//!         return get_object_or_404(Product, pk=pk)
//! ```
//! ```python after
//! from django.shortcuts import aget_object_or_404
//! from django.views import View
//!
//!
//! class Stock(View):
//!     async def get(self, request, pk):
//!         product = await self.load(pk)
//!         return JsonResponse({"name": product.name, "stock": product.stock})
//!
//!     async def delete(self, request, pk):
//!         await (await self.load(pk)).adelete()
//!         return HttpResponse(status=204)
//!
//!     async def load(self, pk):
//!         return await aget_object_or_404(Product, pk=pk)
//! ```

use unblocked_analyzer::Site;

use crate::draft::{Draft, Outcome};

/// The plan decides about classes; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, report_with};
    use crate::{
        Choice, Decision, FunctionKind, Options, Report, UserDecision, Workspace, migrate,
    };

    const GET: &str =
        "    def get(self, request):\n        return HttpResponse(Product.objects.count())\n";
    const ASYNC_GET: &str = "    async def get(self, request):\n        return HttpResponse(await Product.objects.acount())\n";

    /// Nothing changes, for this reason.
    #[track_caller]
    fn stays(before: &str, reason: &str) {
        check_unchanged(before);
        let report = report_with(before, &Options::for_paste());
        for function in &report.functions {
            assert_ne!(function.decision, Decision::Convert, "{}", function.name);
        }
        let handler = report
            .functions
            .iter()
            .find(|function| function.name.ends_with(".get"))
            .expect("the handler");
        assert_eq!(handler.kind, FunctionKind::Handler);
        assert!(handler.reason.contains(reason), "{}", handler.reason);
    }

    fn project(files: &[(&str, &str)]) -> Report {
        let mut workspace = Workspace::new();
        for (path, text) in files {
            workspace.set_file(path, text);
        }
        migrate(&workspace, &Options::default())
    }

    #[test]
    fn handlers_that_wait_for_nothing_follow_the_others() {
        check(
            &format!(
                "class V(View):\n{GET}\n    def post(self, request):\n        return HttpResponse()\n"
            ),
            &format!(
                "class V(View):\n{ASYNC_GET}\n    async def post(self, request):\n        return HttpResponse()\n"
            ),
        );
        check_unchanged(
            "class V(View):\n    def get(self, request):\n        return HttpResponse()\n",
        );
    }

    #[test]
    fn one_handler_that_cannot_change_keeps_all() {
        stays(
            &format!(
                "class V(View):\n{GET}\n    def post(self, request):\n        f = [lambda: Product.objects.count()]\n        return HttpResponse(f[0]())\n"
            ),
            "`V.post`",
        );
        stays(
            &format!(
                "class V(View):\n{GET}\n    @unknown\n    def post(self, request):\n        return HttpResponse()\n"
            ),
            "`unknown`",
        );
        stays(
            &format!("class V(View):\n{GET}\n    post = other\n"),
            "assigns its `post`",
        );
    }

    #[test]
    fn handlers_that_are_assigned_elsewhere_keep_their_class() {
        for after in [
            "V.post = other\n",
            "setattr(V, 'post', other)\n",
            "setattr(V, name, other)\n",
            "del V.get\n",
        ] {
            stays(&format!("class V(View):\n{GET}\n{after}"), "assigns");
        }
        let before = format!("class V(View):\n{GET}\nV.label = 'x'\nsetattr(V, 'label', 'y')\n");
        assert!(
            report_with(&before, &Options::for_paste())
                .after
                .contains("async def get")
        );
        // In another file.
        let view = format!(
            "from django.http import HttpResponse\nfrom django.views import View\nfrom .models import Product\n\nclass V(View):\n{GET}"
        );
        let models = "from django.db import models\n\nclass Product(models.Model):\n    pass\n";
        let other = "from shop import views\n\nviews.V.post = views.V.get\n";
        let report = project(&[
            ("shop/models.py", models),
            ("shop/other.py", other),
            ("shop/views.py", &view),
        ]);
        assert_eq!(report.files[2].after, view);
    }

    #[test]
    fn subclasses_keep_their_base() {
        stays(
            &format!(
                "class V(View):\n{GET}\nclass W(V):\n    def post(self, request):\n        yield Product.objects.count()\n"
            ),
            "`W.post`",
        );
        stays(
            &format!(
                "from rest_framework.views import APIView\n\nclass V(View):\n{GET}\nclass W(V, APIView):\n    pass\n"
            ),
            "Django REST framework",
        );
    }

    #[test]
    fn a_mixin_in_another_file_changes_with_the_views_that_have_it() {
        let mixin = "from django.http import HttpResponse\n\nclass PostMixin:\n    def post(self, request):\n        return HttpResponse()\n";
        let models = "from django.db import models\n\nclass Product(models.Model):\n    pass\n";
        let view = |name: &str, body: &str| {
            format!(
                "from django.http import HttpResponse\nfrom django.views import View\nfrom .mixins import PostMixin\nfrom .models import Product\n\nclass {name}(PostMixin, View):\n{body}"
            )
        };
        let (good, bare) = (view("V", GET), view("W", "    pass\n"));
        let report = project(&[
            ("shop/mixins.py", mixin),
            ("shop/models.py", models),
            ("shop/v.py", &good),
            ("shop/w.py", &bare),
        ]);
        assert!(report.files[0].after.contains("async def post"));
        assert!(report.files[2].after.contains("async def get"));
        let bad = view("W", "    get = load()\n");
        let report = project(&[
            ("shop/mixins.py", mixin),
            ("shop/models.py", models),
            ("shop/v.py", &good),
            ("shop/w.py", &bad),
        ]);
        for (file, before) in report.files.iter().zip([mixin, models, &good, &bad]) {
            assert_eq!(file.after, before);
        }
    }

    #[test]
    fn hierarchies_over_files_change_as_a_whole() {
        let base = "from django.views import View\n\nclass Base(View):\n    def get(self, request):\n        return self.answer()\n\n    def answer(self):\n        raise NotImplementedError\n";
        let good = "from .base import Base\nfrom .models import Product\n\nclass Count(Base):\n    def answer(self):\n        return HttpResponse(Product.objects.count())\n";
        let bad = "from .base import Base\nfrom .models import Product\n\nclass Sorted(Base):\n    def get(self, request):\n        return HttpResponse(sorted([1], key=lambda pk: later(lambda: Product.objects.get(pk=pk))))\n";
        let models = "from django.db import models\n\nclass Product(models.Model):\n    pass\n";
        let report = project(&[
            ("shop/base.py", base),
            ("shop/count.py", good),
            ("shop/models.py", models),
        ]);
        assert_eq!(
            report.files[0].after,
            base.replace("def get", "async def get")
                .replace("return self", "return await self")
                .replace("def answer", "async def answer")
        );
        assert!(
            report.files[1]
                .after
                .contains("await Product.objects.acount()")
        );
        let report = project(&[
            ("shop/base.py", base),
            ("shop/count.py", good),
            ("shop/models.py", models),
            ("shop/sorted.py", bad),
        ]);
        assert_eq!(report.files[0].after, base);
        assert_eq!(report.files[1].after, good);
    }

    #[test]
    fn a_base_that_is_not_at_hand_is_asked_for() {
        stays(
            &format!(
                "from shop.base import BaseView\nfrom django.views import View\n\nclass V(BaseView, View):\n{GET}"
            ),
            "add `shop/base.py`",
        );
        stays(
            &format!("class V(make_base(), View):\n{GET}"),
            "`make_base`",
        );
    }

    #[test]
    fn what_django_calls_before_handlers_must_not_wait() {
        stays(
            &format!(
                "class V(View):\n    def setup(self, request, *args, **kwargs):\n        super().setup(request, *args, **kwargs)\n        self.one = Product.objects.get(pk=1)\n\n{GET}"
            ),
            "`setup` of `V` waits",
        );
    }

    #[test]
    fn uses_of_as_view_must_know_async_views() {
        stays(
            &format!(
                "class V(View):\n{GET}\ndef front(request):\n    return V.as_view()(request)\n"
            ),
            "`V.as_view()`",
        );
        stays(
            &format!(
                "from .tools import gate\n\nclass V(View):\n{GET}\nurlpatterns = [path('', gate(V.as_view()))]\n"
            ),
            "stands in `gate`",
        );
        check(
            &format!(
                "from django.views.decorators.cache import never_cache\n\nclass V(View):\n{GET}\nurlpatterns = [path('', never_cache(V.as_view(a=1)))]\n"
            ),
            &format!(
                "from django.views.decorators.cache import never_cache\n\nclass V(View):\n{ASYNC_GET}\nurlpatterns = [path('', never_cache(V.as_view(a=1)))]\n"
            ),
        );
    }

    #[test]
    fn helpers_that_other_code_may_call_run_in_the_thread() {
        check(
            "class V(View):\n    def get(self, request):\n        Tag.objects.create()\n        return HttpResponse(show(self), self.count())\n\n    def count(self):\n        return Product.objects.count()\n",
            "from asgiref.sync import sync_to_async\n\n\nclass V(View):\n    async def get(self, request):\n        await Tag.objects.acreate()\n        return HttpResponse(show(self), await sync_to_async(self.count)())\n\n    def count(self):\n        return Product.objects.count()\n",
        );
    }

    #[test]
    fn a_handler_that_is_to_stay_keeps_the_others() {
        let before = format!(
            "class V(View):\n{GET}\n    def post(self, request):\n        return HttpResponse()\n"
        );
        let options = Options {
            decisions: vec![UserDecision {
                file: Some("views.py".to_owned()),
                function: Some("V.post".to_owned()),
                ..UserDecision::new(Choice::Leave)
            }],
            ..Options::for_paste()
        };
        assert_eq!(report_with(&before, &options).after, before);
    }

    /// Why the function of that name stays.
    fn reason(before: &str, name: &str) -> String {
        check_unchanged(before);
        let report = report_with(before, &Options::for_paste());
        let mut named = report.functions.into_iter().filter(|f| f.name == name);
        named.next().expect("the function").reason
    }

    #[test]
    fn hooks_and_other_libraries_say_what_applies() {
        let hook = "import requests\n\nclass V(FormView):\n    form_class = ProductForm\n\n    def get_initial(self):\n        return requests.get(URL).json()\n";
        assert!(reason(hook, "V.get_initial").contains("sync_to_async(super().get)"));
        let query = "class V(DetailView):\n    def get_object(self):\n        return Product.objects.get(pk=1)\n";
        assert!(reason(query, "V.get_object").contains("async gains nothing"));
        let api = "from rest_framework.views import APIView\n\nclass V(APIView):\n    def get(self, request):\n        return Response(Product.objects.count())\n";
        assert!(reason(api, "V.get").contains("adrf"));
        let consumer = "from channels.generic.websocket import WebsocketConsumer\n\nclass V(WebsocketConsumer):\n    def connect(self):\n        Product.objects.count()\n";
        assert!(reason(consumer, "V.connect").contains("Channels"));
    }

    #[test]
    fn generic_views_of_queries_stay() {
        check_unchanged(
            "class V(ListView):\n    model = Product\n\n    def get_queryset(self):\n        return list(Product.objects.all())\n",
        );
        stays(
            "class V(TemplateView):\n    def get(self, request):\n        return HttpResponse(Product.objects.count())\n",
            "async gains nothing",
        );
    }
}
