"""Codes of languages: the signed ones of ISO 639-3 with their names, and the two-letter codes of ISO 639-1.

A test compares them with the tables of iso639-lang.
"""

_SIGNED_LINES = """
ads Adamorobe; aed Argentine; aen Armenian; afg Afghan; ajs Algerian Jewish; ase American; asf Australian
asp Algerian; asq Austrian; asw Australian Aborigines; bfi British; bfk Ban Khor; bog Bamako; bqn Bulgarian
bqy Bengkala (Kata Kolok); bvl Bolivian; bzs Brazilian; cds Chadian; csc Catalan; csd Chiangmai; cse Czech; csf Cuba
csg Chilean; csl Chinese; csn Colombian; csq Croatia; csr Costa Rican; csx Cambodian; doq Dominican; dse Dutch
dsl Danish; dsz Mardin; ecs Ecuadorian; ehs Miyakubo; esl Egyptian; esn Salvadoran; eso Estonian; eth Ethiopian
fcs Quebec; fse Finnish; fsl French; fss Finland-Swedish; gds Ghandruk; gse Ghanaian; gsg German; gsm Guatemalan
gss Greek; gus Guinean; hab Hanoi; haf Haiphong; hds Honduras; hks Hong Kong; hos Ho Chi Minh City; hps Hawai'i
hsh Hungarian; hsl Hausa; icl Icelandic; iks Inuit; ils International; inl Indonesian; ins Indian; ise Italian
isg Irish; isr Israeli; jcs Jamaican Country; jhs Jhankot; jks Amami Koniya; jls Jamaican; jos Jordanian; jsl Japanese
jus Jumla; kgi Selangor; kvk Korean; lbs Libyan; lgs Guinea-Bissau; lls Lithuanian; lsb Burundian; lsc Albarradas
lsl Latvian; lsn Tibetan; lso Laos; lsp Panamanian; lst Trinidad and Tobago; lsv Sivia; lsw Seychelles; lsy Mauritian
lws Malawian; mdl Maltese; mfs Mexican; mre Martha's Vineyard; msd Yucatec Maya; msr Mongolian; mzc Madagascar
mzg Monastic; mzy Mozambican; nbs Namibian; ncs Nicaraguan; nsi Nigerian; nsl Norwegian; nsp Nepalese; nsr Maritime
nzs New Zealand; okl Old Kentish; pgz Papua New Guinean; pks Pakistan; prl Peruvian; prz Providencia; psc Iranian
psd Plains Indian; psg Penang; psl Puerto Rican; pso Polish; psp Philippine; psr Portuguese; pys Paraguayan
rib Bribri; rms Romanian; rnb Brunca; rsl Russian; rsm Miriwoong; rsn Rwandan; sdl Saudi Arabian; sfb French Belgian
sfs South African; sgg Swiss-German; sgx Sierra Leone; slf Swiss-Italian; sls Singapore; sqk Albanian; sqs Sri Lankan
sqx Kufr Qassem; ssp Spanish; ssr Swiss-French; svk Slovakian; swl Swedish; syy Al-Sayyid Bedouin; szs Solomon Islands
tse Tunisian; tsm Turkish; tsq Thai; tss Taiwan; tsy Tebul; tza Tanzanian; ugn Ugandan; ugy Uruguayan; ukl Ukrainian
uks Urubú-Kaapor; vgt Flemish; vsi Moldova; vsl Venezuelan; vsv Valencian; wbs West Bengal; xki Kenyan; xml Malaysian
xms Moroccan; ygs Yolŋu; yhs Yan-nhaŋu; ysl Yugoslavian; ysm Myanmar; zib Zimbabwe; zsl Zambian
"""

SIGNED: dict[str, str] = dict(
    entry.strip().split(" ", 1) for line in _SIGNED_LINES.strip().splitlines() for entry in line.split(";")
)
"""Code → name (of the country, region or community)."""

_TWO_LETTERS = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka
kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng
nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st
su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""

SPOKEN_TWO_LETTERS: frozenset[str] = frozenset(_TWO_LETTERS.split())
"""Codes of spoken and written languages."""
