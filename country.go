package quartet

import "strings"

// The codes of nationality that a permanent-resident number of 2017 may begin with, each
// behind a blank.
const (
	// countryCodes are the alpha-3 codes of ISO 3166-1.
	countryCodes = " ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE "
	// formerCodes were withdrawn from it (ISO 3166-3, and Romania's until 2002). Whoever had
	// one on a card has it still.
	formerCodes = " AFI ANT ATB ATN BUR BYS CSK CTE DDR DHY FXX GEL HVO JTN MID NHB NTZ PCH PCI PCZ PUS RHO ROM SCG SKM SUN TMP VDR WAK YMD YUG ZAR "
	// travelCodes are those of ICAO 9303-3 beside it: Kosovo, the kinds of British nationals,
	// the Order of Malta, the stateless, refugees and others.
	travelCodes = " RKS GBD GBN GBO GBP GBS XOM XXA XXB XXC XXX "
)

// knownCountry reports whether three capitals were ever the code of a nationality.
func knownCountry(code string) bool {
	return strings.Contains(countryCodes+formerCodes+travelCodes, " "+code+" ") //nolint:gocritic // the order is right: the list holds the code
}
