# The codecs are a separate library, which the engine loads for the first image, since OpenCV's codecs cost 80 ms at every
# start.
find_path(MILLRACE_TURBOJPEG_INCLUDE turbojpeg.h)
find_library(MILLRACE_TURBOJPEG turbojpeg)
find_path(MILLRACE_OPENCV_INCLUDE opencv2/imgcodecs.hpp PATH_SUFFIXES opencv4)
foreach(part core imgproc imgcodecs)
  find_library(MILLRACE_OPENCV_${part} opencv_${part})
  list(APPEND opencv_libraries ${MILLRACE_OPENCV_${part}})
endforeach()
foreach(found MILLRACE_TURBOJPEG_INCLUDE MILLRACE_TURBOJPEG MILLRACE_OPENCV_INCLUDE MILLRACE_OPENCV_core
              MILLRACE_OPENCV_imgproc MILLRACE_OPENCV_imgcodecs)
  if(NOT ${found})
    message(FATAL_ERROR "images need turbojpeg and OpenCV, and ${found} was not found. Install libturbojpeg0-dev and libopencv-imgcodecs-dev ('make deps' does), or leave images out with -DMILLRACE_IMAGING=OFF")
  endif()
endforeach()

millrace_add_room(imaging fmt::fmt millrace_torch ZLIB::ZLIB)
target_include_directories(room_imaging SYSTEM PRIVATE ${MILLRACE_OPENCV_INCLUDE} ${MILLRACE_TURBOJPEG_INCLUDE})
add_library(millrace_imaging SHARED)
target_link_libraries(millrace_imaging PUBLIC millrace room_imaging PRIVATE ${opencv_libraries} ${MILLRACE_TURBOJPEG})
