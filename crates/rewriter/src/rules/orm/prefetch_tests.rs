//! What `Prefetch` and related managers load, by what becomes of the code that uses it.

use crate::rules::testing::check;

const MODELS: &str = "from django.db import models
from django.db.models import Prefetch

class Author(models.Model):
    name = models.CharField(max_length=9)

class Publisher(models.Model):
    name = models.CharField(max_length=9)

class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE, related_name='books')
    publisher = models.ForeignKey(Publisher, models.CASCADE, null=True, related_name='books')
    title = models.CharField(max_length=9)
    text = models.TextField()

class Poem(models.Model):
    author = models.ForeignKey(Author, models.CASCADE, related_name='poems')
    title = models.CharField(max_length=9)

    @property
    def label(self):
        return self.author.name

class Page(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name='pages')

";

/// Checks a view's body, which has `out`, before and after.
#[track_caller]
fn check_body(before: &str, after: &str) {
    let view = |start: &str, body: &str| {
        format!(
            "{start}def view(request):\n    out = []\n{body}    return JsonResponse(out, safe=False)\n"
        )
    };
    let imports = match after.contains("sync_to_async") {
        true => "from asgiref.sync import sync_to_async\n",
        false => "",
    };
    check(
        &view(MODELS, before),
        &view(&format!("{imports}{MODELS}async "), after),
    );
}

#[test]
fn an_attribute_that_prefetch_fills_is_a_list() {
    check_body(
        "    authors = Author.objects.prefetch_related(Prefetch('books', queryset=Book.objects.filter(title='a'), to_attr='chosen'))\n    for author in authors:\n        for book in author.chosen:\n            out.append(book.title)\n        out.append(len(author.chosen))\n        if author.chosen:\n            out.append(author.chosen[0].author.name)\n",
        "    authors = Author.objects.prefetch_related(Prefetch('books', queryset=Book.objects.filter(title='a'), to_attr='chosen'))\n    async for author in authors:\n        for book in author.chosen:\n            out.append(book.title)\n        out.append(len(author.chosen))\n        if author.chosen:\n            out.append(author.chosen[0].author.name)\n",
    );
}

#[test]
fn what_its_rows_have_loaded_comes_from_the_inner_queryset() {
    let with = |inner: &str, read: &str| {
        format!(
            "    books = {inner}\n    author = Author.objects.prefetch_related(Prefetch('books', books, 'chosen')).get(pk=1)\n    out += [{read} for book in author.chosen]\n"
        )
    };
    let after = |inner: &str, read: &str| {
        with(inner, read)
            .replace(".get(", ".aget(")
            .replace("= Author", "= await Author")
    };
    check_body(
        &with(
            "Book.objects.select_related('publisher')",
            "book.publisher.name",
        ),
        &after(
            "Book.objects.select_related('publisher')",
            "book.publisher.name",
        ),
    );
    check_body(
        &with("Book.objects.all()", "book.publisher.name"),
        &after(
            "Book.objects.select_related(\"publisher\").all()",
            "book.publisher.name",
        ),
    );
    check_body(
        &with("Book.objects.defer('text')", "book.text"),
        &after(
            "Book.objects.defer('text')",
            "await sync_to_async(getattr)(book, \"text\")",
        ),
    );
}

#[test]
fn what_is_prefetched_below_the_attribute_is_loaded() {
    check_body(
        "    pages = Prefetch('pages', to_attr='sheets')\n    books = Prefetch('books', Book.objects.prefetch_related(pages), to_attr='chosen')\n    for author in Author.objects.prefetch_related(books, 'chosen__publisher'):\n        for book in author.chosen:\n            out.append(book.publisher.name)\n            out.extend(page.book.title for page in book.sheets)\n",
        "    pages = Prefetch('pages', to_attr='sheets')\n    books = Prefetch('books', Book.objects.prefetch_related(pages), to_attr='chosen')\n    async for author in Author.objects.prefetch_related(books, 'chosen__publisher'):\n        for book in author.chosen:\n            out.append(book.publisher.name)\n            out.extend(page.book.title for page in book.sheets)\n",
    );
}

#[test]
fn without_an_attribute_the_relation_is_loaded() {
    check_body(
        "    for author in Author.objects.prefetch_related(Prefetch('books', Book.objects.select_related('publisher').defer('text'))):\n        for book in author.books.all():\n            out.append(book.publisher.name + book.text)\n        for book in author.books.filter(title='a'):\n            out.append(book.text)\n",
        "    async for author in Author.objects.prefetch_related(Prefetch('books', Book.objects.select_related('publisher').defer('text'))):\n        for book in author.books.all():\n            out.append(book.publisher.name + await sync_to_async(getattr)(book, \"text\"))\n        async for book in author.books.filter(title='a'):\n            out.append(book.text)\n",
    );
}

#[test]
fn nested_lookups_load_what_lies_on_the_way() {
    check_body(
        "    for page in Page.objects.prefetch_related(Prefetch('book__author__books', to_attr='others')):\n        out.append(page.book.author.name)\n        out.extend(book.title for book in page.book.author.others)\n",
        "    async for page in Page.objects.prefetch_related(Prefetch('book__author__books', to_attr='others')):\n        out.append(page.book.author.name)\n        out.extend(book.title for book in page.book.author.others)\n",
    );
}

#[test]
fn the_one_row_of_a_foreign_key_is_no_list() {
    check_body(
        "    book = Book.objects.prefetch_related(Prefetch('author', Author.objects.prefetch_related('books'), to_attr='writer')).get(pk=1)\n    out += [other.title for other in book.writer.books.all()]\n",
        "    book = await Book.objects.prefetch_related(Prefetch('author', Author.objects.prefetch_related('books'), to_attr='writer')).aget(pk=1)\n    out += [other.title for other in book.writer.books.all()]\n",
    );
}

#[test]
fn what_select_related_has_loaded_is_not_fetched_again() {
    check_body(
        "    books = Book.objects.select_related('author').prefetch_related(Prefetch('author', Author.objects.prefetch_related(Prefetch('books', to_attr='all'))))\n    for book in books.select_related('publisher'):\n        out.append(book.author.name + book.publisher.name)\n        out.extend(other.title for other in book.author.books.all())\n",
        "    books = Book.objects.select_related('author').prefetch_related(Prefetch('author', Author.objects.prefetch_related(Prefetch('books', to_attr='all'))))\n    async for book in books.select_related('publisher'):\n        out.append(book.author.name + book.publisher.name)\n        out.extend([other.title async for other in book.author.books.all()])\n",
    );
}

#[test]
fn none_takes_back_what_was_loaded() {
    check_body(
        "    for author in Author.objects.prefetch_related('books').prefetch_related(None):\n        for book in author.books.all():\n            out.append(book.title)\n    book = Book.objects.select_related('publisher').select_related(None).get(pk=1)\n    out.append(book.publisher.name)\n",
        "    async for author in Author.objects.prefetch_related('books').prefetch_related(None):\n        async for book in author.books.all():\n            out.append(book.title)\n    book = await Book.objects.select_related('publisher').select_related(None).aget(pk=1)\n    out.append((await sync_to_async(getattr)(book, \"publisher\")).name)\n",
    );
}

#[test]
fn rows_of_a_related_manager_know_where_they_come_from() {
    check_body(
        "    author = Author.objects.get(pk=1)\n    for book in author.books.all():\n        out.append(book.author.name)\n    out.append(author.books.filter(title='a').first().author.name)\n    out.append(author.books.create(title='a', text='').author.name)\n",
        "    author = await Author.objects.aget(pk=1)\n    async for book in author.books.all():\n        out.append(book.author.name)\n    out.append((await author.books.filter(title='a').afirst()).author.name)\n    out.append((await sync_to_async(getattr)((await author.books.acreate(title='a', text='')), \"author\")).name)\n",
    );
}

#[test]
fn select_related_without_names_follows_what_is_never_null() {
    check_body(
        "    for page in Page.objects.select_related():\n        out.append(page.book.author.name)\n        out.append(page.book.publisher.name)\n",
        "    async for page in Page.objects.select_related():\n        out.append(page.book.author.name)\n        out.append((await sync_to_async(getattr)(page.book, \"publisher\")).name)\n",
    );
}

#[test]
fn in_bulk_gives_instances() {
    check_body(
        "    books = Book.objects.in_bulk([1, 2])\n    for pk, book in books.items():\n        out.append(book.title)\n    out.append(books[1].publisher.name)\n    more = Book.objects.only('title').in_bulk()\n    out += [book.text for book in more.values()]\n",
        "    books = await Book.objects.select_related(\"publisher\").ain_bulk([1, 2])\n    for pk, book in books.items():\n        out.append(book.title)\n    out.append(books[1].publisher.name)\n    more = await Book.objects.only('title').ain_bulk()\n    out += [await sync_to_async(getattr)(book, \"text\") for book in more.values()]\n",
    );
}

#[test]
fn what_may_be_one_of_two_models_asks_if_either_does() {
    check_body(
        "    if request.GET:\n        thing = Book.objects.get(pk=1)\n    else:\n        thing = Page.objects.get(pk=1)\n    for other in [thing, Author.objects.get(pk=1)]:\n        out.append(other.pk)\n    holder = thing.book\n    both = Book.objects.get(pk=2) if holder else Poem.objects.get(pk=2)\n    out.append(both.title)\n    writer = both.author\n    out.append(writer.name)\n    label = both.label\n",
        "    if request.GET:\n        thing = await Book.objects.aget(pk=1)\n    else:\n        thing = await Page.objects.aget(pk=1)\n    for other in [thing, await Author.objects.aget(pk=1)]:\n        out.append(other.pk)\n    holder = await sync_to_async(getattr)(thing, \"book\")\n    both = await Book.objects.aget(pk=2) if holder else await Poem.objects.aget(pk=2)\n    out.append(both.title)\n    writer = await sync_to_async(getattr)(both, \"author\")\n    out.append(writer.name)\n    label = await sync_to_async(getattr)(both, \"label\")\n",
    );
}

#[test]
fn of_models_that_are_not_at_hand_the_attribute_is_a_list_too() {
    check(
        "for order in Order.objects.prefetch_related(Prefetch('items', Item.objects.filter(pk=1), to_attr='chosen')):\n    for item in order.chosen:\n        print(item.pk)\n",
        "async for order in Order.objects.prefetch_related(Prefetch('items', Item.objects.filter(pk=1), to_attr='chosen')):\n    for item in order.chosen:\n        print(item.pk)\n",
    );
}
