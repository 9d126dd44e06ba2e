"""The rows of the universe: three of each model, with primary keys 1 to 3."""
import datetime


def seed():
    from django.contrib.auth.models import User

    from . import models as m

    user, staff = User.objects.get(pk=1), User.objects.get(pk=2)
    tags = [m.Tag.objects.create(name=n) for n in ("red", "green", "blue")]
    root = m.Category.objects.create(name="Tools", slug="first")
    categories = [root] + [
        m.Category.objects.create(name=n, slug=s, parent=root) for n, s in (("Hammers", "second"), ("Saws", "third"))
    ]
    products = []
    for i, (name, slug, price) in enumerate((("Widget", "first", 10), ("Gadget", "second", 25), ("Sprocket", "third", 5))):
        product = m.Product.objects.create(
            name=name, slug=slug, price=price, stock=i * 3, is_active=i != 2, category=categories[i], description="A %s" % name
        )
        product.tags.set(tags[: i + 1])
        products.append(product)
    customers = [
        m.Customer.objects.create(name=n, email="%s@example.com" % n.lower(), user=u)
        for n, u in (("Ann", user), ("Bob", staff), ("Cid", None))
    ]
    for i, customer in enumerate(customers):
        order = m.Order.objects.create(customer=customer, status=("new", "paid", "new")[i], total=10 * (i + 1))
        m.OrderItem.objects.create(order=order, product=products[i], quantity=i + 1, price=products[i].price)
        m.Review.objects.create(product=products[i], user=user if i else None, rating=5 - i, text="Review %d" % i)
    publishers = [m.Publisher.objects.create(name=n) for n in ("North", "South", "West")]
    for i, name in enumerate(("Le Guin", "Lem", "Dick")):
        author = m.Author.objects.create(name=name, email="a%d@example.com" % i, user=user if i == 0 else None)
        book = m.Book.objects.create(
            title="Book %d" % i, slug=("first", "second", "third")[i], author=author, publisher=publishers[i],
            pages=100 * (i + 1), price=i + 1, published=datetime.date(1970 + i, 1, 1)
        )
        book.tags.set(tags[i:])
        for j in range(2 - i):
            m.Note.objects.create(target=book, text="Note %d of %s" % (j, book))
        article = m.Article.objects.create(
            title="Article %d" % i, slug=("first", "second", "third")[i], body="Text %d" % i, author=user, is_published=i != 2
        )
        article.tags.set(tags[:1])
        m.Comment.objects.create(article=article, user=user, text="Comment %d" % i)
        m.Coupon.objects.create(code="code%d" % i, is_valid=i != 1)
    m.Profile.objects.create(user=user, bio="Hello")
