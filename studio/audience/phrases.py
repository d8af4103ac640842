"""How viewers ask: one expression for each thing they want, over normalised text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from re import Pattern


@dataclass(frozen=True)
class Phrase:
    """A kind of question and the expression that finds it."""

    kind: str
    pattern: Pattern[str]


def _phrase(kind: str, *alternatives: str) -> Phrase:
    return Phrase(kind, re.compile("|".join(alternatives)))


QUESTIONS = (
    _phrase(
        "price",
        "多少钱|多钱|几块钱?|几元|多少块|多少元|什么价|啥价|价格|价位|咋卖|怎么卖|咋买的|几多钱|多少米",
        "多少[1一]斤|几钱[1一]?斤|how ?much|price|到手价",
    ),
    _phrase("shipping", "包邮|运费(?!险)|邮费|免邮|包不包邮|free ?shipping"),
    _phrase("stock", "还有(?:货|没有|没|吗|么|不)|有货|没货|有没有货|补货|库存|抢不到|抢没了|卖完|in ?stock"),
    _phrase(
        "ship_time",
        "(?:什么时候|啥时候|几时|何时|多久|几天|几号|当天|今天|明天|\\d{1,2}号).{0,3}(?:发货|发出|能?到|送到|发)",
        "什么快递|啥快递|哪家快递|发货(?:快|地)|哪里?发货|发货吗",
    ),
    _phrase(
        "how_to_buy",
        "怎么(?:买|拍|下单|抢|购买)|咋(?:拍|下单)|(?:链接|连接)在?(?:哪|呢)|哪里?(?:可以)?(?:买|拍|下单)|在哪(?:买|拍)",
        "(?:求|上|挂|发|要)(?:个|下|一下)?(?:链接|连接)|没(?:看到|找到|有)链接|几号链接|哪个(?:链接|号)|how ?to ?buy",
    ),
    _phrase("coupon", "优惠|有券|领券|发券|便宜点|能便宜|再便宜|打折|折扣|福袋|(?:发|有|抢|来).{0,2}红包|coupon"),
    _phrase("size", "(?:什么|啥|多大|几|哪个)码|尺码|码数|码偏|大码|小码|偏大|偏小"),
    _phrase("taste", "[甜酸辣脆](?:吗|么|不|嘛)|好不好吃|好吃(?:吗|么|不|嘛)|口感|味道怎么样"),
    _phrase("shelf_life", "保质期|能?放(?:多久|几天)|生产日期|什么时候生产|新鲜(?:吗|么|不)|存放"),
    _phrase("origin", "产地|哪里?产|(?:是)?哪里?的(?:货|橙|果|茶|米|$)|什么地方的|原产"),
    _phrase("guarantee", "坏果|坏了|坏的|包赔|退货|退换|无理由|运费险|售后|质量问题|能退"),
)

_WISH = "想看|想要|要看|看看|看下|看一下|看1下|看|讲讲|讲下|讲一下|讲|说说|介绍一?下?|试试|试下|试|上|来|展示|讲解|弹一?下?|过一?下?|要|求"
_CLASS = "(?:链接|宝贝|商品|产品|品|款|连接)?"
_NUMBERS = r"(?<!\d)\d{1,3}(?:[ 和跟与]\d{1,3}){0,5}"

SHADE = re.compile(rf"({_NUMBERS})号色|色号({_NUMBERS})(?!\d)")
NUMBERED = re.compile(
    rf"({_NUMBERS})号(?![色楼仓店线院厅门字机]|[晚早]?[之以]?前|发货|到|开始|开播|上午|下午|晚上){_CLASS}"
)
LINKED = re.compile(rf"({_NUMBERS})(?:链接|连接)|(?:链接|连接)({_NUMBERS})(?!\d)")
WISHED = re.compile(rf"^(?:主播|老板|姐|哥)?(?:我)?(?:{_WISH})({_NUMBERS})$")
DATE = re.compile(r"\d{1,2}月\d{1,2}[号日]?|(?:今天|明天|昨天|今日|下个?月|每月)是?\d{1,2}号")
REFUSED = re.compile(r"(?:不想看|不看|不要|不买|别讲|别上|不用讲)")
BOUGHT = re.compile(r"已拍|拍了|买了|已下单|下单了|付款了|收到|已付|已买|拍好|到货了")
VOTE = re.compile(r"^(?:扣|打|刷|公屏)+(?:个|波|一波|1波|满)?([0-9]{1,10})$|^([1-5 7])\2*$|^([1-9])\3*(?:扣|打)了$")
WANTED = re.compile(
    rf"(?:{_WISH})(?:那个|这个|一下|1下|下|个)?(?P<what>[^\d]{{2,20}}?)(?:的|吧|呗|呢|啊|吗|么|链接|连接|讲解|了|嘛|可以吗|行吗)*$"
    r"|^(?:还?有|有没有|没有)(?P<had>[^\d]{2,20}?)(?:吗|么|没|没有|不|嘛|链接)+$"
    r"|^(?P<linked>[^\d]{2,20}?)(?:的)?(?:链接|连接)(?:呢|在哪|在哪里|在哪儿|有吗|吗)?$"
)
