using System.Collections.Frozen;

namespace Harrier.Intel.Text;

/// <summary>
/// Top-level domains that a plain word in prose may end in to be taken for a name: all of countries, and the generic ones that
/// are much used. A name that is defanged, or stands alone in its line, needs none of them.
/// </summary>
static class TopLevelDomains
{
    const string Countries =
        "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg "
        + "ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl "
        + "gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz "
        + "la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no "
        + "np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st "
        + "su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw";

    const string Generic =
        "com net org info biz name edu gov mil int arpa example test invalid mobi pro asia cat coop jobs museum tel travel aero "
        + "xyz top site online club shop store space website tech live pw icu fun vip work life link click download stream win bid "
        + "loan men date party review trade science racing cricket accountant faith webcam gdn app dev page cloud host press news "
        + "today world email digital network systems solutions services support center company agency media studio design group "
        + "team zone rocks ninja guru blog wiki social market marketing business finance financial money cash credit capital fund "
        + "bank insure tax legal law health care doctor clinic dental bio green energy solar house homes land property estate rent "
        + "city town country global international earth ltd llc inc gmbh one best bar cafe pizza pub kitchen recipes wine beer "
        + "fashion style clothing shoes beauty hair makeup skin fit fitness yoga run bike golf football hockey soccer tennis games "
        + "game play bet casino poker chat dating sexy sex porn adult xxx cam photos photography pics pictures gallery video film "
        + "movie music audio band art arts cool lol wtf fail sucks exposed red blue pink black gold mom monster quest sbs cfd cyou "
        + "buzz uno rest bond lat autos boats beauty motorcycles yachts skin hair ooo moe ren wang kim xin ltd mba degree school "
        + "academy education college university training courses institute foundation charity church gives help ventures holdings "
        + "partners associates consulting engineering technology software computer codes domains hosting directory tools parts "
        + "supplies equipment delivery express limo taxi auto car cars flights vacations holiday cruises tours voyage onion "
        + "amsterdam berlin london paris moscow nyc tokyo vegas swiss africa eus moda immo haus zip mov foo day new how pet vet bot ink ads";

    static readonly FrozenSet<string> s_all = FrozenSet.ToFrozenSet(
        $"{Countries} {Generic}".Split(' '),
        StringComparer.Ordinal
    );

    public static bool Contains(string label) =>
        s_all.Contains(label) || label.StartsWith("xn--", StringComparison.Ordinal);
}
