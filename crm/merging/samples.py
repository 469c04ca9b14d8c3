"""Text templates of the sample company, in Persian as an office writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SAMPLES: tuple[Mapping[str, Any], ...] = (
    {
        "name": "نامهٔ معرفی خدمات", "use": "letter", "entity": "party", "language": "fa", "subject": "معرفی خدمات {{ @office }}",
        "body": "<p>{{ prefix }} {{ name }}</p><p>با سلام و احترام</p>"
        "<p>ضمن سپاس از گفت‌وگوی اخیر، به استحضار می‌رساند {{ @office }} آمادگی دارد خدمات خود را در زمینهٔ {{ activity }} به آن مجموعهٔ گرامی ارائه کند. "
        "کارشناس مرتبط با شما {{ expert }} است و در هر ساعت اداری پاسخ‌گوی پرسش‌های شما خواهد بود.</p>"
        "<p>با احترام<br>{{ @me }}<br>{{ @today }}</p>",
    },
    {
        "name": "تأیید اطلاعات تماس", "use": "letter", "entity": "party", "language": "fa", "subject": "تأیید اطلاعات تماس",
        "body": "<p>{{ prefix }} {{ name }} گرامی</p><p>خواهشمند است درستیِ اطلاعات زیر را که نزد ما ثبت است بررسی و هر تغییری را اعلام فرمایید:</p>"
        "<p>{{ channels }}</p><p>{{# addresses }}نشانی: {{ province }}، {{ city }}، {{ street }} – کد پستی {{ postcode }}<br>{{/}}</p>"
        "<p>سپاس‌گزار<br>{{ @me }}، {{ @office }}</p>",
    },
    {
        "name": "تبریک زادروز", "use": "message", "entity": "party", "language": "fa", "subject": "تبریک زادروز",
        "text": "{{ prefix }} {{ last_name }} عزیز، زادروزتان خجسته باد! سالی پر از تندرستی و شادی برایتان آرزو می‌کنیم.\n{{ @office }}",
    },
    {
        "name": "پیگیری تماس", "use": "message", "entity": "party", "language": "fa", "subject": "پیگیری تماس",
        "text": "با سلام، {{ name }}\nتماس شما ثبت شد. کارشناس شما {{ @me }} به‌زودی پاسخ می‌دهد.\n{{ @office }} – {{ @today }}",
    },
    {
        "name": "صورت‌جلسهٔ ارتباط", "use": "letter", "entity": "communication", "language": "fa", "subject": "صورت‌جلسه: {{ subject }}",
        "body": "<h3>{{ topic }}</h3><p>تاریخ و ساعت: {{ at }}<br>حاضران: {{ parties }} و {{ user }}<br>نتیجه: {{ disposition }}</p><p>{{ note }}</p><p>{{ products }}</p>",
    },
)  # fmt: skip
