"""How long something took, as people read it."""


def duration(seconds: float | None) -> str:
    """Return `0.4s`, `42s`, `3m05s`, `2h10m`, `4d03h`; empty if not known."""
    if seconds is None:
        return ""
    if 0 < seconds < 10:  # noqa: PLR2004 - one decimal is of use below ten
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    whole = max(round(seconds), 0)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if minutes == 0:
        return f"{whole}s"
    if hours == 0:
        return f"{minutes}m{whole % 60:02}s"
    if days == 0:
        return f"{hours}h{minutes % 60:02}m"
    return f"{days}d{hours % 24:02}h"
