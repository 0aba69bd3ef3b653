"""How a text is cut into the words that a search finds, alike in every database: as `unicode61`, SQLite's own tokenizer, does.

It knows Unicode 6.1 and takes what came later for letters, so the pictures among that are named for it. Stands on nothing.
"""

PICTURES = (
    "fe00-fe0f 1f02c-1f02f 1f094-1f09f 1f0af-1f0b0 1f0bf-1f0c0 1f0d0 1f0e0-1f10f 1f12f 1f16c-1f16f 1f19b-1f1e5 "
    "1f203-1f20f 1f23b-1f23f 1f249-1f24f 1f252-1f2ff 1f321-1f32f 1f336 1f37d-1f37f 1f394-1f39f 1f3c5 1f3cb-1f3df "
    "1f3f1-1f3ff 1f43f 1f441 1f4f8 1f4fd-1f4ff 1f53e-1f53f 1f544-1f54f 1f568-1f5fa 1f641-1f644 1f650-1f67f 1f6c6-1f6ff "
    "1f774-1faff"
)
"""Code points that part words and that FTS5 takes for parts of words unless it is told, variation selectors among them."""

BETWEEN = (
    "1-2f 3a-40 5b-60 7b-a9 ab-b1 b4 b6-b8 bb bf d7 f7 2c2-2c5 2d2-2df 2e5-2eb 2ed 2ef-2ff 375 37e 384-385 387 3f6 482 "
    "55a-55f 589-58a 58f 5be 5c0 5c3 5c6 5f3-5f4 600-604 606-60f 61b 61e-61f 66a-66d 6d4 6dd-6de 6e9 6fd-6fe 700-70d 70f "
    "7f6-7f9 830-83e 85e 964-965 970 9f2-9f3 9fa-9fb af0-af1 b70 bf3-bfa c7f d79 df4 e3f e4f e5a-e5b f01-f17 f1a-f1f f34 "
    "f36 f38 f3a-f3d f85 fbe-fc5 fc7-fcc fce-fda 104a-104f 109e-109f 10fb 1360-1368 1390-1399 1400 166d-166e 1680 "
    "169b-169c 16eb-16ed 1735-1736 17d4-17d6 17d8-17db 1800-180a 180e 1940 1944-1945 19de-19ff 1a1e-1a1f 1aa0-1aa6 "
    "1aa8-1aad 1b5a-1b6a 1b74-1b7c 1bfc-1bff 1c3b-1c3f 1c7e-1c7f 1cc0-1cc7 1cd3 1fbd 1fbf-1fc1 1fcd-1fcf 1fdd-1fdf "
    "1fed-1fef 1ffd-1ffe 2000-2064 206a-206f 207a-207e 208a-208e 20a0-20b9 2100-2101 2103-2106 2108-2109 2114 2116-2118 "
    "211e-2123 2125 2127 2129 212e 213a-213b 2140-2144 214a-214d 214f 2190-23f3 2400-2426 2440-244a 249c-24e9 2500-26ff "
    "2701-2775 2794-2b4c 2b50-2b59 2ce5-2cea 2cf9-2cfc 2cfe-2cff 2d70 2e00-2e2e 2e30-2e3b 2e80-2e99 2e9b-2ef3 2f00-2fd5 "
    "2ff0-2ffb 3000-3004 3008-3020 3030 3036-3037 303d-303f 309b-309c 30a0 30fb 3190-3191 3196-319f 31c0-31e3 3200-321e "
    "322a-3247 3250 3260-327f 328a-32b0 32c0-32fe 3300-33ff 4dc0-4dff a490-a4c6 a4fe-a4ff a60d-a60f a673 a67e a6f2-a6f7 "
    "a700-a716 a720-a721 a789-a78a a828-a82b a836-a839 a874-a877 a8ce-a8cf a8f8-a8fa a92e-a92f a95f a9c1-a9cd a9de-a9df "
    "aa5c-aa5f aa77-aa79 aade-aadf aaf0-aaf1 abeb e000 f8ff fb29 fbb2-fbc1 fd3e-fd3f fdfc-fdfd fe00-fe19 fe30-fe52 "
    "fe54-fe66 fe68-fe6b feff ff01-ff0f ff1a-ff20 ff3b-ff40 ff5b-ff65 ffe0-ffe6 ffe8-ffee fff9-ffff 10100-10102 "
    "10137-1013f 10179-10189 10190-1019b 101d0-101fc 1039f 103d0 10857 1091f 1093f 10a50-10a58 10a7f 10b39-10b3f "
    "11047-1104d 110bb-110c1 11140-11143 111c5-111c8 12470-12473 1d000-1d0f5 1d100-1d126 1d129-1d164 1d16a-1d16c "
    "1d173-1d17a 1d183-1d184 1d18c-1d1a9 1d1ae-1d1dd 1d200-1d241 1d245 1d300-1d356 1d6c1 1d6db 1d6fb 1d715 1d735 1d74f "
    "1d76f 1d789 1d7a9 1d7c3 1eef0-1eef1 1f000-1faff e0001 e0020-e007f f0000 ffffd"
)
"""The code points that part words: all but letters, digits and marks, as FTS5 has them."""

PLAIN = (
    "aàáâãäåāăąǎǟǻȁȃȧḁạảấầẩẫậắằẳẵặ bḃḅḇ cçćĉċčḉ dďḋḍḏḑḓ eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ fḟ gĝğġģǧǵḡ hĥȟḣḥḧḩḫẖ "
    "iìíîïĩīĭįǐȉȋḭḯỉị jĵǰ kķǩḱḳḵ lĺļľḷḹḻḽ mḿṁṃ nñńņňǹṅṇṉṋ oòóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ pṕṗ rŕŗřȑȓṙṛṝṟ "
    "sśŝşšſșṡṣṥṧṩẛ tţťțṫṭṯṱẗ uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự vṽṿ wŵẁẃẅẇẉẘ xẋẍ yýÿŷȳẏẙỳỵỷỹ zźżžẑẓẕ βϐ εϵ θϑ ιͅι κϰ μµ πϖ "  # noqa: RUF001  # letters that look alike are what this is about
    "ρϱ σς φϕ"  # noqa: RUF001  # letters that look alike are what this is about
)
"""For each letter, behind it, those in small letters that are taken for it: with marks on them, or other forms of it."""

MARKS = "300-304 306-30c 30f 311 31b 323-328 32d-32e 330-331"
"""The code points of marks that do not count."""


def letters(ranges: str) -> str:
    """Give the characters of some ranges of code points."""
    ends = [each.partition("-") for each in ranges.split()]
    return "".join(chr(code) for first, _, last in ends for code in range(int(first, 16), int(last or first, 16) + 1))
