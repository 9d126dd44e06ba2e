"""Takes out of a text what differs between two runs of the same code: tokens, keys, the time."""
import datetime
import re

_TOKEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{64}(?![A-Za-z0-9])")
_SECRET_INPUT = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*(")')
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
_ADDRESS = re.compile(r"\bat 0x[0-9a-f]+")


def _stamp(match):
    text = match.group(0)
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    return _now_or(text, moment)


def _http_date(match):
    return _now_or(match.group(0), datetime.datetime.strptime(match.group(0), "%a, %d %b %Y %H:%M:%S GMT"))


def _now_or(text, moment):
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    now = datetime.datetime.now(datetime.timezone.utc)
    return "<now>" if abs((now - moment).total_seconds()) < 600 else text


def text(value):
    value = _SECRET_INPUT.sub(r"\1<token>\2", value)
    value = _TOKEN.sub("<token>", value)
    value = _ADDRESS.sub("at <address>", value)
    return _HTTP_DATE.sub(_http_date, _STAMP.sub(_stamp, value))
