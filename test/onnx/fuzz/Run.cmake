# The corpus once, then mutations of it with a fixed seed; new inputs go to WORK.
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK}/new)
execute_process(
  COMMAND ${FUZZER} -seed=1 -max_total_time=8 -max_len=4096 -timeout=20 -rss_limit_mb=2048 -verbosity=0
    -artifact_prefix=${WORK}/ ${WORK}/new ${CORPUS}
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the input that fails is in ${WORK}")
endif()
