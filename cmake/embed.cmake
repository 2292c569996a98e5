# cmake -DFOLDER=… -DOUTPUT=… -P embed.cmake: writes the files below FOLDER as rows {"kind/name", "text"} of a C++ table. The
# ending .in marks templates, which are not sources; it is left out of the name.
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*.in)
list(SORT files)
set(rows "")
foreach(file ${files})
  file(READ ${FOLDER}/${file} text)
  string(REGEX REPLACE "\\.in$" "" name ${file})
  string(APPEND rows "{\"${name}\", R\"template(${text})template\"},\n")
endforeach()
file(WRITE ${OUTPUT} "${rows}")
