//! # concurrent/gather
//!
//! Calls that wait one after another, and do not need each other, wait at the same time. Only with `--concurrent` (in the
//! page: one click).
//!
//! This is where async pays: four services that take 200 ms each answer in 200 ms together. Statements are independent
//! when none uses a variable that another gives, none changes anything that another may see, and each only asks:
//! `GET`, `HEAD`, queries that read. What writes stays where it is (`post`, `save`, mail, tasks, the cache), as do
//! sleeps, transactions, prints and code that is not at hand; the reason is said at the place. Helpers of the project are
//! looked into.
//!
//! Queries of one request run one after another whatever is done, on the one connection of its thread, so they are not
//! gathered with each other: all of them together overlap with the calls of other services.
//!
//! From Python 3.11 on an `asyncio.TaskGroup` is written: the first failure cancels the others and is raised as it
//! is, with its cause and context, not as an `ExceptionGroup`, so `except` clauses go on working. Below, `asyncio.gather` does it; where queries are
//! among the steps, all are waited for before a failure is raised, as none may go on after the response.
//!
//! A loop that only collects what each turn fetches (`results.append(…)`, `results[key] = …`, a list comprehension) runs up to 10
//! turns at a time, in an `asyncio.Semaphore`; the results keep their order.
//!
//! For review: other services see the calls in any order, also those that come after one that fails, and of several
//! failures the first in time counts. So what decides whether the rest happens (`get_object_or_404`, `raise Http404`, an `if`
//! that returns) stays in its place, and inside of a `try`, what is done after a failure must not read what was fetched
//! before it.
//!
//! ```python before concurrent
//! import requests
//!
//! def dashboard(request):
//!     user = requests.get("https://api.example.com/user").json()
//!     orders = requests.get("https://api.example.com/list").json()
//!     return JsonResponse({"user": user, "orders": orders})
//! ```
//! ```python after
//! import asyncio
//!
//! import aiohttp
//!
//! async def dashboard(request):
//!     async with aiohttp.ClientSession() as session:
//!         async def fetch_user():
//!             async with session.get("https://api.example.com/user") as response:
//!                 return await response.json(content_type=None)
//!
//!         async def fetch_orders():
//!             async with session.get("https://api.example.com/list") as response:
//!                 return await response.json(content_type=None)
//!
//!         user, orders = await asyncio.gather(fetch_user(), fetch_orders())
//!     return JsonResponse({"user": user, "orders": orders})
//! ```
//!
//! ```python before concurrent
//! import requests
//!
//! def stocks(request):
//!     found = []
//!     for number in range(3):
//!         found.append(requests.get(f"https://api.example.com/stock/{number}").json())
//!     return JsonResponse(found, safe=False)
//! ```
//! ```python after
//! import asyncio
//!
//! import aiohttp
//!
//! async def stocks(request):
//!     found = []
//!     async with aiohttp.ClientSession() as session:
//!         limit = asyncio.Semaphore(10)
//!
//!         async def fetch_number(number):
//!             async with limit:
//!                 async with session.get(f"https://api.example.com/stock/{number}") as response:
//!                     return await response.json(content_type=None)
//!
//!         found.extend(await asyncio.gather(*[fetch_number(number) for number in range(3)]))
//!     return JsonResponse(found, safe=False)
//! ```

use unblocked_analyzer::Site;

use crate::draft::{Draft, Outcome};

/// It changes no site: it works on all of a function, once its sites have their forms.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

#[cfg(test)]
mod tests;
