#include <algorithm>
#include <iterator>

#include "storage/types/timezone.hpp"

namespace historyd::types {

namespace {

// The abbreviations PostgreSQL knows by default (pg_timezone_abbrevs), in order of name: minutes
// east of UTC, and whether it is a daylight saving time. Where an abbreviation has changed its
// meaning over the years this is the newest one.
struct entry {
    std::string_view name;
    std::int16_t east_minutes;
    bool is_dst;
};

constexpr entry table[] = {
    {"acdt", 630, true},   {"acsst", 630, true},  {"acst", 570, false},  {"act", -300, false},
    {"acwst", 525, false}, {"adt", -180, true},   {"aedt", 660, true},   {"aesst", 660, true},
    {"aest", 600, false},  {"aft", 270, false},   {"akdt", -480, true},  {"akst", -540, false},
    {"almst", 420, true},  {"almt", 360, false},  {"amst", 240, false},  {"amt", -240, false},
    {"anast", 720, false}, {"anat", 720, false},  {"arst", -180, false}, {"art", -180, false},
    {"ast", -240, false},  {"awsst", 540, true},  {"awst", 480, false},  {"azost", 0, true},
    {"azot", -60, false},  {"azst", 240, false},  {"azt", 240, false},   {"bdst", 120, true},
    {"bdt", 360, false},   {"bnt", 480, false},   {"bort", 480, false},  {"bot", -240, false},
    {"bra", -180, false},  {"brst", -120, true},  {"brt", -180, false},  {"bst", 60, true},
    {"btt", 360, false},   {"cadt", 630, true},   {"cast", 570, false},  {"cct", 480, false},
    {"cdt", -300, true},   {"cest", 120, true},   {"cet", 60, false},    {"cetdst", 120, true},
    {"chadt", 825, true},  {"chast", 765, false}, {"chut", 600, false},  {"ckt", -600, false},
    {"clst", -180, true},  {"clt", -180, true},   {"cot", -300, false},  {"cst", -360, false},
    {"cxt", 420, false},   {"davt", 420, false},  {"ddut", 600, false},  {"easst", -300, true},
    {"east", -300, true},  {"eat", 180, false},   {"edt", -240, true},   {"eest", 180, true},
    {"eet", 120, false},   {"eetdst", 180, true}, {"egst", 0, true},     {"egt", -60, false},
    {"est", -300, false},  {"fet", 180, false},   {"fjst", 780, true},   {"fjt", 720, false},
    {"fkst", -180, false}, {"fkt", -180, false},  {"fnst", -60, true},   {"fnt", -120, false},
    {"galt", -360, false}, {"gamt", -540, false}, {"gest", 240, false},  {"get", 240, false},
    {"gft", -180, false},  {"gilt", 720, false},  {"gmt", 0, false},     {"gyt", -240, false},
    {"hkt", 480, false},   {"hst", -600, false},  {"ict", 420, false},   {"idt", 180, true},
    {"iot", 360, false},   {"irkst", 480, false}, {"irkt", 480, false},  {"irt", 210, false},
    {"ist", 120, false},   {"jayt", 540, false},  {"jst", 540, false},   {"kdt", 600, true},
    {"kgst", 360, true},   {"kgt", 360, false},   {"kost", 660, false},  {"krast", 420, false},
    {"krat", 420, false},  {"kst", 540, false},   {"lhdt", 660, true},   {"lhst", 630, false},
    {"ligt", 600, false},  {"lint", 840, false},  {"lkt", 330, false},   {"magst", 660, false},
    {"magt", 660, false},  {"mart", -570, false}, {"mawt", 300, false},  {"mdt", -360, true},
    {"mest", 120, true},   {"mesz", 120, true},   {"met", 60, false},    {"metdst", 120, true},
    {"mez", 60, false},    {"mht", 720, false},   {"mmt", 390, false},   {"mpt", 600, false},
    {"msd", 240, true},    {"msk", 180, false},   {"mst", -420, false},  {"must", 300, true},
    {"mut", 240, false},   {"mvt", 300, false},   {"myt", 480, false},   {"ndt", -150, true},
    {"nft", -210, false},  {"novst", 420, false}, {"novt", 420, false},  {"npt", 345, false},
    {"nst", -210, false},  {"nut", -660, false},  {"nzdt", 780, true},   {"nzst", 720, false},
    {"nzt", 720, false},   {"omsst", 360, false}, {"omst", 360, false},  {"pdt", -420, true},
    {"pet", -300, false},  {"petst", 720, false}, {"pett", 720, false},  {"pgt", 600, false},
    {"pht", 480, false},   {"pkst", 360, true},   {"pkt", 300, false},   {"pmdt", -120, true},
    {"pmst", -180, false}, {"pont", 660, false},  {"pst", -480, false},  {"pwt", 540, false},
    {"pyst", -180, true},  {"pyt", -180, false},  {"ret", 240, false},   {"sadt", 630, true},
    {"sast", 120, false},  {"sct", 240, false},   {"sgt", 480, false},   {"taht", -600, false},
    {"tft", 300, false},   {"tjt", 300, false},   {"tkt", 780, false},   {"tmt", 300, false},
    {"tot", 780, false},   {"trut", 600, false},  {"tvt", 720, false},   {"uct", 0, false},
    {"ulast", 540, true},  {"ulat", 480, false},  {"ut", 0, false},      {"utc", 0, false},
    {"uyst", -120, true},  {"uyt", -180, false},  {"uzst", 360, true},   {"uzt", 300, false},
    {"vet", -240, false},  {"vlast", 600, false}, {"vlat", 600, false},  {"volt", 180, false},
    {"vut", 660, false},   {"wadt", 480, true},   {"wakt", 720, false},  {"wast", 420, false},
    {"wat", 60, false},    {"wdt", 540, true},    {"wet", 0, false},     {"wetdst", 60, true},
    {"wft", 720, false},   {"wgst", -120, true},  {"wgt", -180, false},  {"xjt", 360, false},
    {"yakst", 540, false}, {"yakt", 540, false},  {"yapt", 600, false},  {"yekst", 360, true},
    {"yekt", 300, false},  {"z", 0, false},       {"zulu", 0, false},
};

static_assert(std::is_sorted(std::begin(table), std::end(table),
                             [](const entry& a, const entry& b) { return a.name < b.name; }));

}  // namespace

std::optional<zone_abbreviation> find_zone_abbreviation(std::string_view name) {
    const auto* found =
        std::lower_bound(std::begin(table), std::end(table), name,
                         [](const entry& e, std::string_view n) { return e.name < n; });
    if (found == std::end(table) || found->name != name) return std::nullopt;
    return zone_abbreviation{found->east_minutes * 60, found->is_dst};
}

}  // namespace historyd::types
