export default {
  title: '访问控制',
};
