package quartet

// The reasons to refuse an element.
const (
	RejectNameChar     RejectCode = "name_char"
	RejectNameLength   RejectCode = "name_length"
	RejectIDFormat     RejectCode = "id_format"
	RejectIDLength     RejectCode = "id_length"
	RejectIDChecksum   RejectCode = "id_checksum"
	RejectIDBirth      RejectCode = "id_birth"
	RejectIDProvince   RejectCode = "id_province"
	RejectIDExcel      RejectCode = "id_excel"
	RejectCardFormat   RejectCode = "card_format"
	RejectCardLength   RejectCode = "card_length"
	RejectMobileFormat RejectCode = "mobile_format"
	RejectMobileLength RejectCode = "mobile_length"
	RejectMobileRegion RejectCode = "mobile_region"
	RejectType         RejectCode = "type_error"
	RejectMissing      RejectCode = "missing"
)

// The doubts.
const (
	WarnRegionUnknown   Warning = "region_unknown"
	WarnRegionNotCounty Warning = "region_not_county"
	WarnRegionAbolished Warning = "region_abolished"
	WarnRegionTimeline  Warning = "region_timeline"
	WarnIDLegacy15      Warning = "id_legacy15"
	WarnIDPlaceholder   Warning = "id_placeholder"
	WarnLuhnMismatch    Warning = "luhn_mismatch"
	WarnBINUnknown      Warning = "bin_unknown"
	WarnLengthUnusual   Warning = "length_unusual"
	WarnSegmentData     Warning = "segment_data"
	WarnMVNO            Warning = "mvno"
	WarnNameLatin       Warning = "name_latin"
	WarnNameSingle      Warning = "name_single"
	WarnNameRadical     Warning = "name_radical_mapped"
	WarnNamePUA         Warning = "name_pua_mapped"
)
