"""What the befores of tests/fixtures/guide must come to.

`async`: functions that must be coroutines afterwards. `contains`: what a migration to the default Django must have
written, so that a text which was merely left alone, or wrapped whole, does not pass. `unordered`: requests to other
services may overlap.
"""

GUIDE = {
    "function-view": {"async": ["product_detail"], "contains": ["await aget_object_or_404(Product, pk=pk)"]},
    # Nothing to wait for but what Django fetches itself: a sync ListView is right as it is.
    "class-view": {"async": []},
    "orm-reading": {"async": [], "contains": ["await Product.objects.aget(pk=1)", "async for"]},
    "orm-creating": {"async": [], "contains": ["await Product.objects.acreate("]},
    # A queryset is lazy: there is nothing to do.
    "orm-filtering": {"async": []},
    "orm-foreign-keys": {"async": [], "contains": ["async for order in Order.objects"]},
    # Both ways, as Django asks for it: the guide's own form breaks every request.
    "middleware": {"async": ["__acall__"], "contains": ["markcoroutinefunction(self)", "await self.get_response(request)"]},
    "external-api": {"async": ["sync_view"]},
    "multiple-calls": {"async": ["profile_view"], "unordered": True},
    "email": {"async": ["send_view"], "contains": ["await "]},
}
